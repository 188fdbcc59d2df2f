; Definitions. A function or class that is bound to a name is a definition by that name.
(function_declaration
  name: (identifier) @name
  return_type: (type_annotation)? @type body: (_) @body) @definition.function
(generator_function_declaration
  name: (identifier) @name
  return_type: (type_annotation)? @type body: (_) @body) @definition.function
(function_expression
  name: (identifier) @name
  return_type: (type_annotation)? @type body: (_) @body) @definition.function
(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function return_type: (type_annotation)? @type body: (_) @body)
    (function_expression return_type: (type_annotation)? @type body: (_) @body)
    (generator_function return_type: (type_annotation)? @type body: (_) @body)
  ]) @definition.function
; A hook that keeps a function, or a component around one.
(variable_declarator
  name: (identifier) @name
  value: (call_expression
    function: (_) @_keeper
    arguments: (arguments . [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
  (#any-of? @_keeper
    "useCallback" "React.useCallback" "memo" "React.memo" "forwardRef" "React.forwardRef" "cache")) @definition.function
(export_statement
  "default" @name
  value: [
    (arrow_function return_type: (type_annotation)? @type body: (_) @body)
    (function_expression return_type: (type_annotation)? @type body: (_) @body)
  ] @definition.function)
(assignment_expression
  left: (member_expression
    object: (_) @_exports
    property: (property_identifier) @name)
  right: [(arrow_function return_type: (type_annotation)? @type body: (_) @body) (function_expression return_type: (type_annotation)? @type body: (_) @body)] @definition.function
  (#any-of? @_exports "exports" "module.exports"))
(assignment_expression
  left: (member_expression
    object: (this)
    property: (property_identifier) @key)
  right: [(arrow_function return_type: (type_annotation)? @type body: (_) @body) (function_expression return_type: (type_annotation)? @type body: (_) @body)] @definition.function)
(public_field_definition
  name: [(property_identifier) (private_property_identifier) (string)] @name
  value: [
    (arrow_function return_type: (type_annotation)? @type body: (_) @body)
    (function_expression return_type: (type_annotation)? @type body: (_) @body)
  ]) @definition.function

; Functions of classes and of objects. `this` of an arrow function is what it is around the object.
(method_definition
  "get"? @accessor
  name: [(property_identifier) (private_property_identifier) (string)] @key
  return_type: (type_annotation)? @type body: (_) @body) @definition.method
(pair
  key: [(property_identifier) (string)] @key
  value: (arrow_function return_type: (type_annotation)? @type body: (_) @body) @definition.function)
(pair
  key: [(property_identifier) (string)] @key
  value: [
    (function_expression return_type: (type_annotation)? @type body: (_) @body)
    (generator_function return_type: (type_annotation)? @type body: (_) @body)
  ] @definition.method)

(class_declaration
  name: (_) @name
  (class_heritage (extends_clause)? @bases (implements_clause)? @bases)?
  body: (_) @body) @definition.class
(abstract_class_declaration
  name: (_) @name
  (class_heritage (extends_clause)? @bases (implements_clause)? @bases)?
  body: (_) @body) @definition.class
(variable_declarator
  name: (identifier) @name
  value: (class
    (class_heritage (extends_clause)? @bases (implements_clause)? @bases)?
    body: (_) @body)) @definition.class
(export_statement
  "default" @name
  value: (class
    (class_heritage (extends_clause)? @bases (implements_clause)? @bases)?
    body: (_) @body) @definition.class)
(interface_declaration
  name: (_) @name
  (extends_type_clause)? @bases
  body: (_) @body) @definition.class
(type_alias_declaration
  name: (_) @name
  value: [(object_type) (intersection_type (object_type)) (union_type)] @body) @definition.class
(enum_declaration
  name: (_) @name
  body: (_) @body) @definition.class
(interface_body
  (method_signature
    name: (property_identifier) @name
    return_type: (type_annotation)? @type) @definition.method)
(type_alias_declaration
  value: (object_type
    (method_signature
      name: (property_identifier) @name
      return_type: (type_annotation)? @type) @definition.method))
(abstract_method_signature
  name: (property_identifier) @name
  return_type: (type_annotation)? @type) @definition.method
(internal_module
  name: [(identifier) (nested_identifier)] @name
  body: (_) @body) @definition.module
(module
  name: [(identifier) (nested_identifier)] @name
  body: (_) @body) @definition.module

(decorator (_) @name) @reference.decorator

; Calls. The arguments of a tagged template are the template.
(call_expression
  function: (_) @name
  arguments: (_) @arguments) @reference.call
(new_expression
  constructor: (_) @name
  arguments: (arguments)? @arguments) @reference.call

; Names that are given a value, and names that hide others.
(variable_declarator
  name: (identifier) @name
  type: (type_annotation)? @type
  value: (_)? @value) @definition.variable
(variable_declarator
  name: (object_pattern) @members
  value: (_) @value) @definition.variable
(pair_pattern value: (object_pattern) @members) @definition.variable
(array_pattern [(identifier) @name (assignment_pattern left: (identifier) @name)] @definition.variable)
(object_pattern (rest_pattern (identifier) @name) @definition.variable)
(for_in_statement left: (identifier) @name @definition.variable)
(for_in_statement left: (object_pattern) @members @definition.variable)
(catch_clause parameter: (identifier) @name @definition.variable)
(assignment_expression
  left: [(identifier) (member_expression)] @name
  right: (_) @value) @definition.variable
(augmented_assignment_expression
  left: [(identifier) (member_expression)] @name
  operator: ["??=" "||="]
  right: (_) @value) @definition.variable
(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  type: (type_annotation)? @type
  value: (_) @value) @definition.variable

; What a file passes on under another name.
(export_statement "default" @name value: [(identifier) (call_expression) (new_expression)] @value) @definition.variable
(export_statement "default" @name declaration: (_ name: (_) @value)) @definition.variable
(export_statement
  (export_clause (export_specifier name: (_) @value alias: (_) @name) @definition.variable) .)

; Names under which values are kept or asked for.
(pair key: [(property_identifier) (string)] @name value: (_) @value) @key.mapping
(shorthand_property_identifier) @name @value @key.mapping
(member_expression property: [(property_identifier) (private_property_identifier)] @name) @key.attribute
(subscript_expression index: (string) @name) @key.subscript
(call_expression
  function: (member_expression property: (property_identifier) @_method)
  arguments: (arguments . (string) @name)
  (#eq? @_method "get")) @key.subscript
(public_field_definition
  name: [(property_identifier) (private_property_identifier) (string)] @name
  type: (type_annotation)? @type
  value: (_)? @value) @key.field
(interface_body
  (property_signature
    name: [(property_identifier) (string)] @name
    type: (type_annotation)? @type) @key.field)
(type_alias_declaration
  value: [
    (object_type
      (property_signature
        name: [(property_identifier) (string)] @name
        type: (type_annotation)? @type) @key.field)
    (intersection_type
      (object_type
        (property_signature
          name: [(property_identifier) (string)] @name
          type: (type_annotation)? @type) @key.field))
  ])
(type_annotation (object_type (property_signature name: (property_identifier) @name) @key.field))
(type_arguments (object_type (property_signature name: (property_identifier) @name) @key.field))
(array_type (object_type (property_signature name: (property_identifier) @name) @key.field))
(union_type (object_type (property_signature name: (property_identifier) @name) @key.field))
(enum_assignment name: [(property_identifier) (string)] @name value: (_) @value) @key.field
(enum_body name: (property_identifier) @name @key.field)
; A parameter of a constructor with a modifier is a field too.
(method_definition
  parameters: (formal_parameters
    [
      (required_parameter (accessibility_modifier) pattern: (identifier) @name type: (type_annotation)? @type)
      (optional_parameter (accessibility_modifier) pattern: (identifier) @name type: (type_annotation)? @type)
      (required_parameter . "readonly" pattern: (identifier) @name type: (type_annotation)? @type)
      (optional_parameter . "readonly" pattern: (identifier) @name type: (type_annotation)? @type)
    ] @key.field))
(function_declaration
  parameters: (formal_parameters
    (_
      pattern: [(identifier) @name (rest_pattern (identifier) @name)]
      type: (type_annotation)? @type
      value: (_)? @value) @key.parameter))
(function_declaration
  parameters: (formal_parameters
    (_
      pattern: (object_pattern) @members
      type: (type_annotation)? @type) @key.parameter))
(generator_function_declaration
  parameters: (formal_parameters
    (_
      pattern: [(identifier) @name (rest_pattern (identifier) @name)]
      type: (type_annotation)? @type
      value: (_)? @value) @key.parameter))
(generator_function_declaration
  parameters: (formal_parameters
    (_
      pattern: (object_pattern) @members
      type: (type_annotation)? @type) @key.parameter))
(function_expression
  parameters: (formal_parameters
    (_
      pattern: [(identifier) @name (rest_pattern (identifier) @name)]
      type: (type_annotation)? @type
      value: (_)? @value) @key.parameter))
(function_expression
  parameters: (formal_parameters
    (_
      pattern: (object_pattern) @members
      type: (type_annotation)? @type) @key.parameter))
(generator_function
  parameters: (formal_parameters
    (_
      pattern: [(identifier) @name (rest_pattern (identifier) @name)]
      type: (type_annotation)? @type
      value: (_)? @value) @key.parameter))
(generator_function
  parameters: (formal_parameters
    (_
      pattern: (object_pattern) @members
      type: (type_annotation)? @type) @key.parameter))
(arrow_function
  parameters: (formal_parameters
    (_
      pattern: [(identifier) @name (rest_pattern (identifier) @name)]
      type: (type_annotation)? @type
      value: (_)? @value) @key.parameter))
(arrow_function
  parameters: (formal_parameters
    (_
      pattern: (object_pattern) @members
      type: (type_annotation)? @type) @key.parameter))
(method_definition
  parameters: (formal_parameters
    (_
      pattern: [(identifier) @name (rest_pattern (identifier) @name)]
      type: (type_annotation)? @type
      value: (_)? @value) @key.parameter))
(method_definition
  parameters: (formal_parameters
    (_
      pattern: (object_pattern) @members
      type: (type_annotation)? @type) @key.parameter))
(arrow_function parameter: (identifier) @name @key.parameter)

; What a function gives back, for the type of what calls it: said by the function itself, not by callbacks in it.
(function_declaration body: (statement_block (return_statement (_) @value) @reference.return))
(method_definition body: (statement_block (return_statement (_) @value) @reference.return))
(_ value: (arrow_function body: (statement_block (return_statement (_) @value) @reference.return)))
(_
  value: (arrow_function
    body: [
      (call_expression) (new_expression) (await_expression) (identifier) (member_expression)
      (parenthesized_expression) (binary_expression)
    ] @value @reference.return))

(import_statement) @reference.import
(export_statement source: (_)) @reference.import
(call_expression function: (import) arguments: (arguments . (string))) @reference.import
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string))
  (#eq? @_require "require")) @reference.import

; Prose is never code: comments, and directives such as "use strict".
(comment) @comment
(hash_bang_line) @comment
(expression_statement . (string) @string.documentation .)
(string) @string
(template_string) @string

; Where the way through the code divides or ends.
(for_statement body: (_) @body) @control.loop
(for_in_statement body: (_) @body) @control.loop
(while_statement body: (_) @body) @control.loop
(do_statement body: (_) @body) @control.loop
(if_statement consequence: (_) @body) @control.branch
(else_clause
  [
    (statement_block) (expression_statement) (return_statement) (throw_statement) (for_statement) (for_in_statement)
    (while_statement) (do_statement) (try_statement) (switch_statement) (break_statement) (continue_statement)
  ] @body) @control.branch
(switch_case ":" . (_) @body .) @control.branch
(switch_case ":" . (_) @body (_) @body .) @control.branch
(switch_default ":" . (_) @body .) @control.branch
(switch_default ":" . (_) @body (_) @body .) @control.branch
(try_statement
  body: (_) @guarded
  handler: (catch_clause body: (_) @body) @control.handler)
(call_expression
  function: (member_expression
    object: (_) @guarded
    property: (property_identifier) @_catch)
  arguments: (arguments
    . [
      (arrow_function body: (_) @body)
      (function_expression body: (_) @body)
      (identifier) @body
      (member_expression) @body
    ]) @control.handler
  (#eq? @_catch "catch"))
(return_statement) @control.return
(throw_statement) @control.raise
