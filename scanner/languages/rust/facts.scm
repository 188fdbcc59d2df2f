; Definitions. A definition's line is that of its @name; attributes before it are no part of it.
(function_item
  name: (identifier) @name
  return_type: (_)? @type
  body: (_) @body) @definition.function
(function_signature_item
  name: (identifier) @name
  return_type: (_)? @type) @definition.function
(macro_definition name: (identifier) @name) @definition.function

(struct_item name: (type_identifier) @name body: (_)? @body) @definition.class
(union_item name: (type_identifier) @name body: (_) @body) @definition.class
(enum_item name: (type_identifier) @name body: (_) @body) @definition.class
(trait_item name: (type_identifier) @name bounds: (_)? @bases body: (_) @body) @definition.class
(type_item name: (type_identifier) @name type: (_) @body @type) @definition.class

; `impl Type` and `impl Trait for Type`: of a trait with a path or parameters the name itself is the base.
(impl_item
  trait: [
    (type_identifier) @base
    (scoped_type_identifier) @base
    (generic_type type: (_) @base)
  ]?
  type: [
    (type_identifier) @name
    (scoped_type_identifier name: (_) @name)
    (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (_) @name)])
    (reference_type type: (type_identifier) @name)
  ]
  body: (_) @body) @definition.extension

(closure_expression body: (_) @body) @definition.closure

(mod_item name: (identifier) @name body: (_) @body) @definition.module

; Attributes belong to the definition that follows them; each name that is derived is one too.
(attribute_item (attribute . (_) @name)) @reference.decorator
((attribute_item (attribute . (identifier) @_derive arguments: (token_tree) @names)) @reference.decorator
  (#eq? @_derive "derive"))

; Calls; a turbofish is no part of the name.
(call_expression
  function: [
    (identifier) (scoped_identifier) (field_expression) (call_expression) (parenthesized_expression)
    (index_expression) (self)
  ] @name
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (generic_function function: (_) @name)
  arguments: (_) @arguments) @reference.call
(macro_invocation macro: (_) @name (token_tree) @arguments) @reference.call
; Of most macros the grammar gives only the words.
(token_tree
  (identifier) @name @reference.call
  . (token_tree) @arguments
  (#not-match? @name "^(not|any|all)$")) @words

; Names that are given a value.
(let_declaration
  pattern: (identifier) @name
  type: (_)? @type
  value: (_)? @value) @definition.variable
(const_item name: (identifier) @name type: (_) @type value: (_)? @value) @definition.variable
(static_item name: (identifier) @name type: (_) @type value: (_)? @value) @definition.variable

; A type parameter stands for the trait that bounds it.
(type_parameter name: (type_identifier) @name bounds: (_) @type) @definition.variable
(where_predicate left: (type_identifier) @name bounds: (_) @type) @definition.variable

; What `Some(name)` and `Ok(name)` take out of a value is told by that value.
((let_condition
  pattern: (tuple_struct_pattern
    type: (identifier) @_holder
    . (identifier) @name .)
  value: (_) @value) @definition.variable
  (#any-of? @_holder "Some" "Ok"))
((let_declaration
  pattern: (tuple_struct_pattern
    type: (identifier) @_holder
    . (identifier) @name .)
  value: (_) @value) @definition.variable
  (#any-of? @_holder "Some" "Ok"))
((match_expression
  value: (_) @value
  body: (match_block
    (match_arm
      pattern: (match_pattern
        . (tuple_struct_pattern
          type: (identifier) @_holder
          . (identifier) @name .))
        @definition.variable)))
  (#any-of? @_holder "Some" "Ok"))

; Names in patterns of which nothing more is known. One in capitals is a constant or a variant.
(tuple_struct_pattern type: (scoped_identifier) (identifier) @name @definition.variable (#match? @name "^[a-z_]"))
((tuple_struct_pattern type: (identifier) @_holder (identifier) @name @definition.variable)
  (#not-match? @_holder "^(Some|Ok)$")
  (#match? @name "^[a-z_]"))
([
  (tuple_pattern (tuple_struct_pattern type: (identifier) @_holder (identifier) @name @definition.variable))
  (tuple_struct_pattern (tuple_struct_pattern type: (identifier) @_holder (identifier) @name @definition.variable))
  (field_pattern (tuple_struct_pattern type: (identifier) @_holder (identifier) @name @definition.variable))
  (or_pattern (tuple_struct_pattern type: (identifier) @_holder (identifier) @name @definition.variable))
]
  (#any-of? @_holder "Some" "Ok")
  (#match? @name "^[a-z_]"))
(tuple_pattern (identifier) @name @definition.variable (#match? @name "^[a-z_]"))
(slice_pattern (identifier) @name @definition.variable (#match? @name "^[a-z_]"))
(reference_pattern (identifier) @name @definition.variable)
(ref_pattern (identifier) @name @definition.variable)
(mut_pattern (identifier) @name @definition.variable)
(captured_pattern . (identifier) @name @definition.variable)
(field_pattern name: (shorthand_field_identifier) @name @definition.variable)
(field_pattern pattern: (identifier) @name @definition.variable (#match? @name "^[a-z_]"))
(match_pattern . (identifier) @name @definition.variable (#match? @name "^[a-z_]"))
(for_expression pattern: (identifier) @name @definition.variable)
(closure_parameters (identifier) @name @definition.variable)
(closure_parameters (parameter pattern: (identifier) @name type: (_) @type) @definition.variable)

; Names under which values are kept or asked for.
(field_declaration name: (field_identifier) @name type: (_) @type) @key.field
(enum_variant name: (identifier) @name) @key.field
(field_initializer field: (field_identifier) @name value: (_) @value) @key.mapping
(shorthand_field_initializer (identifier) @name) @key.mapping
(field_expression field: (field_identifier) @name) @key.attribute
(parameters (parameter pattern: (identifier) @name type: (_) @type) @key.parameter)
(index_expression (_) . (string_literal) @name) @key.subscript
; Of JSON that a macro makes.
(token_tree (string_literal) @name @key.mapping . ":" . (_) @value)

(use_declaration) @reference.import
(extern_crate_declaration) @reference.import
(mod_item !body) @reference.import

(line_comment) @comment
(block_comment) @comment
(string_literal) @string
(raw_string_literal) @string

; Where the way through the code divides or ends.
(for_expression body: (_) @body) @control.loop
(while_expression body: (_) @body) @control.loop
(loop_expression body: (_) @body) @control.loop
((if_expression condition: (_) @_condition consequence: (_) @body) @control.branch
  (#not-match? @_condition "^let Err\\b"))
(else_clause (block) @body) @control.branch
((match_arm pattern: (_) @_pattern value: (_) @body) @control.branch
  (#not-match? @_pattern "^Err\\b"))
((let_declaration pattern: (_) @_pattern alternative: (_) @body) @control.branch
  (#not-match? @_pattern "^Ok\\b"))

; What is done about an error.
((match_expression
  value: (_) @guarded
  body: (match_block
    (match_arm
      pattern: (match_pattern . (tuple_struct_pattern type: (identifier) @_error))
      value: (_) @body) @control.handler))
  (#eq? @_error "Err"))
((if_expression
  condition: (let_condition
    pattern: (tuple_struct_pattern type: (identifier) @_error)
    value: (_) @guarded)
  consequence: (_) @body) @control.handler
  (#eq? @_error "Err"))
((let_declaration
  pattern: (tuple_struct_pattern type: (identifier) @_right)
  value: (_) @guarded
  alternative: (_) @body) @control.handler
  (#eq? @_right "Ok"))
; Of an option these methods take a closure without parameters.
((call_expression
  function: (field_expression value: (_) @guarded field: (field_identifier) @_method)
  arguments: (arguments
    . (closure_expression parameters: (closure_parameters . (_)) body: (_) @body) @control.handler))
  (#any-of? @_method "map_err" "or_else" "unwrap_or_else" "inspect_err"))

((return_expression) @control.return
  (#not-match? @control.return "^return\\s+Err\\b"))
((return_expression (call_expression function: (identifier) @_error)) @control.raise
  (#eq? @_error "Err"))
((try_expression . (call_expression function: (identifier) @_error)) @control.raise
  (#eq? @_error "Err"))
; An error as the value of a block or an arm leaves the function in all but rare cases.
((block (call_expression function: (identifier) @_error) @control.raise .)
  (#eq? @_error "Err"))
((match_arm value: (call_expression function: (identifier) @_error) @control.raise)
  (#eq? @_error "Err"))
((macro_invocation macro: (identifier) @_macro) @control.raise
  (#any-of? @_macro "bail" "ensure" "panic" "unreachable" "unimplemented" "todo"))
((macro_invocation macro: (scoped_identifier name: (identifier) @_macro)) @control.raise
  (#any-of? @_macro "bail" "ensure" "panic" "unreachable" "unimplemented" "todo"))

; Tests that stand beside the code they test.
((attribute_item (attribute . (identifier) @_cfg arguments: (token_tree . (identifier) @_test .)))
  . (attribute_item)*
  . (mod_item) @test.module
  (#eq? @_cfg "cfg") (#eq? @_test "test"))
((attribute_item
    (attribute (identifier) @_cfg arguments: (token_tree . (identifier) @_all (token_tree (identifier) @_test))))
  . (attribute_item)*
  . (mod_item) @test.module
  (#eq? @_cfg "cfg") (#any-of? @_all "all" "any") (#eq? @_test "test"))

; A field that is given a value.
(assignment_expression left: (field_expression) @name right: (_) @value) @definition.variable
(compound_assignment_expr left: (field_expression) @name) @definition.variable
