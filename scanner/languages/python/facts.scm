; Definitions. A definition's line is that of its @name.
(function_definition
  name: (identifier) @name
  return_type: (type)? @type
  body: (_) @body) @definition.function

(class_definition
  name: (identifier) @name
  superclasses: (argument_list)? @bases
  body: (_) @body) @definition.class

(lambda body: (_) @body) @definition.closure

; Decorators belong to the definition that follows them.
(decorator (_) @name) @reference.decorator

; Calls.
(call
  function: (_) @name
  arguments: (_) @arguments) @reference.call

; Names that are given a value.
(assignment
  left: [(identifier) (attribute)] @name
  type: (type)? @type
  right: (_)? @value) @definition.variable

(named_expression
  name: (identifier) @name
  value: (_) @value) @definition.variable

(with_item
  value: (as_pattern
    (_) @value
    alias: (as_pattern_target [(identifier) (attribute)] @name))) @definition.variable

(class_definition
  body: (block
    (expression_statement
      (assignment
        left: (identifier) @name
        right: (_)? @value) @key.field)))

; Names under which values are kept or asked for.
(pair key: (string) @name value: (_) @value) @key.mapping
(keyword_argument name: (identifier) @name value: (_) @value) @key.keyword
(default_parameter name: (identifier) @name value: (_) @value) @key.parameter
(typed_parameter . (identifier) @name type: (type) @type) @key.parameter
(typed_default_parameter name: (identifier) @name type: (type) @type value: (_) @value) @key.parameter
(parameters (identifier) @name @key.parameter)
(subscript subscript: (string) @name) @key.subscript
(attribute attribute: (identifier) @name) @key.attribute
(call
  function: (attribute attribute: (identifier) @_method)
  arguments: (argument_list . (string) @name)
  (#any-of? @_method "get" "pop" "setdefault")) @key.subscript

; What a function gives back, for the type of what calls it.
(return_statement (_) @value) @reference.return

(global_statement (identifier) @name) @reference.global
(import_statement) @reference.import
(import_from_statement) @reference.import

; Prose is never code: comments, and strings that are a statement of their own.
(comment) @comment
(expression_statement . (string) @string.documentation .)
(string) @string

; Where the way through the code divides or ends.
(for_statement body: (_) @body) @control.loop
(while_statement body: (_) @body) @control.loop
(if_statement consequence: (_) @body) @control.branch
(elif_clause consequence: (_) @body) @control.branch
(else_clause body: (_) @body) @control.branch
(case_clause consequence: (_) @body) @control.branch
(try_statement
  body: (_) @guarded
  (except_clause (block) @body) @control.handler)
(return_statement) @control.return
(raise_statement) @control.raise
