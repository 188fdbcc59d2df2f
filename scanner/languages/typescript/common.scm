; What TypeScript, TSX and JavaScript say alike; their own queries say what types change.

; A hook that keeps a function, or a component around one.
(variable_declarator
  name: (identifier) @name
  value: (call_expression
    function: (_) @_keeper
    arguments: (arguments . [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
  (#any-of? @_keeper
    "useCallback" "React.useCallback" "memo" "React.memo" "forwardRef" "React.forwardRef" "cache")) @definition.function

(arrow_function body: (_) @body) @definition.closure
(function_expression body: (_) @body) @definition.closure

(decorator (_) @name) @reference.decorator

; Calls. The arguments of a tagged template are the template.
(call_expression
  function: (_) @name
  arguments: (_) @arguments) @reference.call
(new_expression
  constructor: (_) @name
  arguments: (arguments)? @arguments) @reference.call
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
