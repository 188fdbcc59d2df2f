; Definitions. A definition's line is that of its @name.
(function_declaration
  name: (identifier) @name
  result: (_)? @type
  body: (block)? @body) @definition.function

(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      name: (identifier)? @receiver
      type: [
        (type_identifier) @owner
        (generic_type type: (type_identifier) @owner)
        (pointer_type (type_identifier) @owner)
        (pointer_type (generic_type type: (type_identifier) @owner))
      ]))
  name: (field_identifier) @name
  result: (_)? @type
  body: (block)? @body) @definition.method

(method_elem
  name: (field_identifier) @name
  result: (_)? @type) @definition.function

(type_spec
  name: (type_identifier) @name
  type: (struct_type (field_declaration_list) @body)) @definition.class
(type_spec
  name: (type_identifier) @name
  type: (struct_type (field_declaration_list (field_declaration !name) @bases) @body)) @definition.class

(type_spec
  name: (type_identifier) @name
  type: (interface_type) @body) @definition.class
(type_spec
  name: (type_identifier) @name
  type: (interface_type
    (type_elem . [(type_identifier) (qualified_type) (generic_type)] .) @bases) @body) @definition.class

(type_spec
  name: (type_identifier) @name
  type: [
    (type_identifier) (qualified_type) (generic_type) (pointer_type) (slice_type) (array_type) (map_type)
    (channel_type) (function_type) (parenthesized_type)
  ] @body) @definition.class

(type_alias
  name: (type_identifier) @name
  type: (struct_type (field_declaration_list) @body)) @definition.class

; Functions without a name of their own go by the name that they are given.
(short_var_declaration
  left: (expression_list . (identifier) @name)
  right: (expression_list . (func_literal result: (_)? @type body: (block) @body))) @definition.function

(assignment_statement
  left: (expression_list . (identifier) @name)
  right: (expression_list . (func_literal result: (_)? @type body: (block) @body))) @definition.function

(var_spec
  . name: (identifier) @name
  value: (expression_list . (func_literal result: (_)? @type body: (block) @body))) @definition.function

(keyed_element
  key: (literal_element (identifier) @name)
  value: (literal_element (func_literal result: (_)? @type body: (block) @body))) @definition.function

(func_literal body: (block) @body) @definition.closure

; Calls. `f[T](x)` looks like the conversion of a value to a type.
(call_expression
  function: (_) @name
  arguments: (argument_list) @arguments) @reference.call

(type_conversion_expression
  type: (generic_type type: (_) @name)
  "(" @arguments) @reference.call

; Names that are given a value. The first of several names has what a call gives back; the others mostly tell of errors.
(short_var_declaration
  left: (expression_list . (identifier) @name)
  right: (expression_list . (_) @value)) @definition.variable

(short_var_declaration
  left: (expression_list . (_) . (identifier) @name)
  right: (expression_list . (_) . (_) @value)) @definition.variable

(short_var_declaration
  left: (expression_list . (_) . (identifier) @name)
  right: (expression_list . (_) .)) @definition.variable

(short_var_declaration
  left: (expression_list (_) . (_) . (identifier) @name)) @definition.variable

(assignment_statement
  left: (expression_list . [(identifier) (selector_expression)] @name)
  right: (expression_list . (_) @value)) @definition.variable

(assignment_statement
  left: (expression_list . (_) . [(identifier) (selector_expression)] @name)
  right: (expression_list . (_) . (_) @value)) @definition.variable

(assignment_statement
  left: (expression_list . (_) . [(identifier) (selector_expression)] @name)
  right: (expression_list . (_) .)) @definition.variable

(assignment_statement
  left: (expression_list (_) . (_) . [(identifier) (selector_expression)] @name)) @definition.variable

(var_spec . name: (identifier) @name type: (_)? @type value: (expression_list . (_) @value)) @definition.variable
(var_spec (identifier) . "," . (identifier) @name . type: (_) @type) @definition.variable
(var_spec (identifier) . "," . (identifier) @name . "=") @definition.variable
(var_spec (identifier) . "," . (identifier) @name . ",") @definition.variable
(var_spec . (identifier) @name . type: (_) @type !value) @definition.variable
(var_spec . (identifier) @name . "," . (identifier) . type: (_) @type !value) @definition.variable
(var_spec . (identifier) @name . "," . (identifier) . "," !value) @definition.variable
(const_spec . name: (identifier) @name type: (_)? @type value: (expression_list . (_) @value)) @definition.variable
(const_spec (identifier) . "," . (identifier) @name) @definition.variable
(const_spec . name: (identifier) @name !value) @definition.variable

(type_alias
  name: (type_identifier) @name
  type: [(type_identifier) (qualified_type) (generic_type)] @value) @definition.variable

(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @name) @definition.variable))
        (pointer_type
          (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @name) @definition.variable)))
      ])))
(type_parameter_declaration name: (identifier) @name type: (_) @type) @definition.variable

(range_clause left: (expression_list . (identifier) @name)) @definition.variable
(range_clause left: (expression_list . (_) . (identifier) @name) right: (_) @value) @definition.variable
(type_switch_statement alias: (expression_list (identifier) @name) @definition.variable)
(receive_statement left: (expression_list . (identifier) @name) right: (_) @value) @definition.variable
(receive_statement left: (expression_list (_) . (identifier) @name)) @definition.variable

; Names under which values are kept or asked for.
(keyed_element
  key: (literal_element [(identifier) (interpreted_string_literal) (raw_string_literal)] @name)
  value: (literal_element) @value) @key.mapping

(field_declaration (field_identifier) @name . type: (_) @type) @key.field
(field_declaration (field_identifier) @name . "," . (field_identifier) . type: (_) @type) @key.field
(field_declaration (field_identifier) @name . "," . (field_identifier) . ",") @key.field
(field_declaration !name type: (type_identifier) @name @type) @key.field
(field_declaration !name type: (qualified_type name: (_) @name) @type) @key.field
(field_declaration !name type: (generic_type type: (type_identifier) @name) @type) @key.field

(function_declaration parameters: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @key.parameter))
(function_declaration parameters: (parameter_list
  (variadic_parameter_declaration name: (identifier) @name type: (_) @type) @key.parameter))
(method_declaration parameters: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @key.parameter))
(method_declaration parameters: (parameter_list
  (variadic_parameter_declaration name: (identifier) @name type: (_) @type) @key.parameter))
(func_literal parameters: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @key.parameter))
(func_literal parameters: (parameter_list
  (variadic_parameter_declaration name: (identifier) @name type: (_) @type) @key.parameter))
(method_elem parameters: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @key.parameter))
(method_elem parameters: (parameter_list
  (variadic_parameter_declaration name: (identifier) @name type: (_) @type) @key.parameter))

(function_declaration result: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @definition.variable))
(method_declaration result: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @definition.variable))
(func_literal result: (parameter_list
  (parameter_declaration . [(identifier) @name ","]+ . type: (_) @type) @definition.variable))

(selector_expression field: (field_identifier) @name) @key.attribute

(index_expression index: [(interpreted_string_literal) (raw_string_literal)] @name) @key.subscript
(call_expression
  function: (selector_expression field: (field_identifier) @_method)
  arguments: (argument_list . (interpreted_string_literal) @name)
  (#any-of? @_method "Get" "Set" "Add" "Del")) @key.subscript

; `viper.BindEnv("key", "VARIABLE")` names the variable second, a struct tag names it behind `env:`.
(call_expression
  function: (selector_expression field: (field_identifier) @_method)
  arguments: (argument_list . (_) . (interpreted_string_literal) @name @key.environment)
  (#eq? @_method "BindEnv"))

(field_declaration
  tag: (_) @name @key.environment
  (#match? @name "\\benv(config)?:\"[A-Za-z]"))

; What a function gives back, for the type of what calls it.
(return_statement (expression_list . (_) @value)) @reference.return

(import_spec) @reference.import

(comment) @comment
[(interpreted_string_literal) (raw_string_literal)] @string

; Where the way through the code divides or ends. `if err != nil` handles what the statement before it, or its own
; initializer, gave; it is an arm only where the condition says more than that.
(for_statement body: (block) @body) @control.loop

(if_statement condition: (_) @_condition consequence: (block) @body
  (#not-match? @_condition "^([\\w.]*\\.)?(\\w*[eE]rr|err\\w*|Error) != nil$|^errors\\.(Is|As|AsType)\\(")) @control.branch
(if_statement "else" @control.branch alternative: (block) @body)
(expression_case (statement_list)? @body) @control.branch
(type_case (statement_list)? @body) @control.branch
(communication_case (statement_list)? @body) @control.branch
(default_case (statement_list)? @body) @control.branch

(if_statement initializer: (_) @guarded condition: (_) @_condition consequence: (block) @body
  (#match? @_condition "\\b(\\w*[eE]rr|err\\w*|Error) != nil|\\berrors\\.(Is|As|AsType)\\(")) @control.handler
(statement_list
  [(short_var_declaration) (assignment_statement) (expression_statement) (var_declaration)] @guarded
  . (comment)*
  . (if_statement !initializer condition: (_) @_condition consequence: (block) @body) @control.handler
  (#match? @_condition "\\b(\\w*[eE]rr|err\\w*|Error) != nil|\\berrors\\.(Is|As|AsType)\\("))
(statement_list
  [
    (if_statement) (for_statement) (expression_switch_statement) (type_switch_statement) (select_statement) (block)
    (defer_statement) (go_statement)
  ] @guarded
  . (if_statement !initializer condition: (_) @_condition consequence: (block) @body) @control.handler
  (#match? @_condition "\\b(\\w*[eE]rr|err\\w*|Error) != nil|\\berrors\\.(Is|As|AsType)\\("))
(statement_list
  . (comment)*
  . (if_statement !initializer condition: (_) @_condition consequence: (block) @body) @control.handler
  (#match? @_condition "\\b(\\w*[eE]rr|err\\w*|Error) != nil|\\berrors\\.(Is|As|AsType)\\("))
(if_statement
  alternative: (if_statement !initializer condition: (_) @_condition consequence: (block) @body) @control.handler
  (#match? @_condition "\\b(\\w*[eE]rr|err\\w*|Error) != nil|\\berrors\\.(Is|As|AsType)\\("))

; What is returned last is the error.
((return_statement) @control.return (#match? @control.return "^return;?$"))
(return_statement (expression_list (_) @_last .)
  (#not-match? @_last "^&?([a-zA-Z]\\w*\\.)*(err|\\w+Err|[eE]rr[A-Z]\\w*|\\w*Error\\{[^}]*\\}?)$|^(errors\\.(New|Join|Wrapf?|WithStack|WithMessagef?|Errorf)|(\\w+\\.)*(Errorf|New\\w*Error\\w*))\\(")) @control.return
(return_statement (expression_list (_) @_last .)
  (#match? @_last "^&?([a-zA-Z]\\w*\\.)*(err|\\w+Err|[eE]rr[A-Z]\\w*|\\w*Error\\{[^}]*\\}?)$|^(errors\\.(New|Join|Wrapf?|WithStack|WithMessagef?|Errorf)|(\\w+\\.)*(Errorf|New\\w*Error\\w*))\\(")) @control.raise
((call_expression function: (identifier) @_function) @control.raise (#eq? @_function "panic"))
