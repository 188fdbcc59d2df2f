; Definitions. A function or class that is bound to a name is a definition by that name.
(function_declaration
  name: (identifier) @name
  body: (_) @body) @definition.function
(generator_function_declaration
  name: (identifier) @name
  body: (_) @body) @definition.function
(function_expression
  name: (identifier) @name
  body: (_) @body) @definition.function
(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.function
(export_statement
  "default" @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ] @definition.function)
(assignment_expression
  left: (member_expression
    object: (_) @_exports
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)] @definition.function
  (#any-of? @_exports "exports" "module.exports"))
(assignment_expression
  left: (member_expression
    object: (this)
    property: (property_identifier) @key)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)] @definition.function)
(field_definition
  property: [(property_identifier) (private_property_identifier) (string)] @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]) @definition.function

; Functions of classes and of objects. `this` of an arrow function is what it is around the object.
(method_definition
  "get"? @accessor
  name: [(property_identifier) (private_property_identifier) (string)] @key
  body: (_) @body) @definition.method
(pair
  key: [(property_identifier) (string)] @key
  value: (arrow_function body: (_) @body) @definition.function)
(pair
  key: [(property_identifier) (string)] @key
  value: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ] @definition.method)

(class_declaration
  name: (identifier) @name
  (class_heritage)? @bases
  body: (_) @body) @definition.class
(variable_declarator
  name: (identifier) @name
  value: (class
    (class_heritage)? @bases
    body: (_) @body)) @definition.class
(export_statement
  "default" @name
  value: (class
    (class_heritage)? @bases
    body: (_) @body) @definition.class)

; Names that are given a value, and names that hide others.
(variable_declarator
  name: (identifier) @name
  value: (_)? @value) @definition.variable
(field_definition
  property: [(property_identifier) (private_property_identifier)] @name
  value: (_) @value) @definition.variable
(field_definition
  property: [(property_identifier) (private_property_identifier) (string)] @name
  value: (_)? @value) @key.field
(function_declaration
  parameters: (formal_parameters
    [
      (identifier) @name
      (rest_pattern (identifier) @name)
      (assignment_pattern left: (identifier) @name right: (_) @value)
    ] @key.parameter))
(function_declaration
  parameters: (formal_parameters
    [
      (object_pattern) @members
      (assignment_pattern left: (object_pattern) @members)
    ] @key.parameter))
(generator_function_declaration
  parameters: (formal_parameters
    [
      (identifier) @name
      (rest_pattern (identifier) @name)
      (assignment_pattern left: (identifier) @name right: (_) @value)
    ] @key.parameter))
(generator_function_declaration
  parameters: (formal_parameters
    [
      (object_pattern) @members
      (assignment_pattern left: (object_pattern) @members)
    ] @key.parameter))
(function_expression
  parameters: (formal_parameters
    [
      (identifier) @name
      (rest_pattern (identifier) @name)
      (assignment_pattern left: (identifier) @name right: (_) @value)
    ] @key.parameter))
(function_expression
  parameters: (formal_parameters
    [
      (object_pattern) @members
      (assignment_pattern left: (object_pattern) @members)
    ] @key.parameter))
(generator_function
  parameters: (formal_parameters
    [
      (identifier) @name
      (rest_pattern (identifier) @name)
      (assignment_pattern left: (identifier) @name right: (_) @value)
    ] @key.parameter))
(generator_function
  parameters: (formal_parameters
    [
      (object_pattern) @members
      (assignment_pattern left: (object_pattern) @members)
    ] @key.parameter))
(arrow_function
  parameters: (formal_parameters
    [
      (identifier) @name
      (rest_pattern (identifier) @name)
      (assignment_pattern left: (identifier) @name right: (_) @value)
    ] @key.parameter))
(arrow_function
  parameters: (formal_parameters
    [
      (object_pattern) @members
      (assignment_pattern left: (object_pattern) @members)
    ] @key.parameter))
(method_definition
  parameters: (formal_parameters
    [
      (identifier) @name
      (rest_pattern (identifier) @name)
      (assignment_pattern left: (identifier) @name right: (_) @value)
    ] @key.parameter))
(method_definition
  parameters: (formal_parameters
    [
      (object_pattern) @members
      (assignment_pattern left: (object_pattern) @members)
    ] @key.parameter))
