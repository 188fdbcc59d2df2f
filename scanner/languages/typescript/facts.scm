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

; Names that are given a value, and names that hide others.
(variable_declarator
  name: (identifier) @name
  type: (type_annotation)? @type
  value: (_)? @value) @definition.variable
(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  type: (type_annotation)? @type
  value: (_) @value) @definition.variable
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
