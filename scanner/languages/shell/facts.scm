; Definitions.
(function_definition name: (word) @name body: (_) @body) @definition.function

; Commands; what stands between the command's name and the end of the command are its arguments.
((command name: (command_name) @name . argument: (_)? @arguments) @reference.call
  (#not-match? @name "^(?:\\.|source|return|exit|break|continue|:|true|false|\\[)$"))
((command name: (command_name) @_name) @reference.import (#any-of? @_name "source" "."))

; Names that are given a value.
(variable_assignment name: (variable_name) @name value: (_)? @value) @definition.variable
(variable_assignment name: (subscript name: (variable_name) @name) value: (_)? @value) @definition.variable
(for_statement variable: (variable_name) @name) @definition.variable

; The environment: what is handed to commands, and what nothing but it or this script can have set.
(declaration_command
  "export"
  (variable_assignment name: (variable_name) @name value: (_)? @value) @key.environment)
(declaration_command "export" (variable_name) @name @key.environment)
((simple_expansion (variable_name) @name) @key.environment (#match? @name "^[A-Z][A-Z0-9]*_[A-Z0-9_]*$"))
((expansion . (variable_name) @name) @key.environment (#match? @name "^[A-Z][A-Z0-9]*_[A-Z0-9_]*$"))

; Literals.
(string) @string
(raw_string) @string
(ansi_c_string) @string
(heredoc_body) @string
; Of words without quotes, those that may be an address or the name of a model.
((word) @string (#match? @string "^[A-Za-z][^ ]*(?:://|[a-z0-9]-[a-z0-9])"))
(comment) @comment

; Where the way through the script divides or ends. The last statement before the next arm ends an arm.
(for_statement body: (_) @body) @control.loop
(c_style_for_statement body: (_) @body) @control.loop
(while_statement body: (_) @body) @control.loop
(if_statement "then" @body [(command) (pipeline) (list) (redirected_statement) (if_statement) (for_statement) (c_style_for_statement) (while_statement) (case_statement)
   (function_definition) (subshell) (compound_statement) (declaration_command) (unset_command) (test_command) (negated_command) (variable_assignment) (variable_assignments)] @body . ["fi" (elif_clause) (else_clause)]) @control.branch
(elif_clause "then" @body [(command) (pipeline) (list) (redirected_statement) (if_statement) (for_statement) (c_style_for_statement) (while_statement) (case_statement)
   (function_definition) (subshell) (compound_statement) (declaration_command) (unset_command) (test_command) (negated_command) (variable_assignment) (variable_assignments)] @body .) @control.branch
(else_clause "else" @body (_) @body .) @control.branch
(case_item ")" @body [";;" ";&" ";;&"] @body) @control.branch
((command name: (command_name) @_name) @control.return (#any-of? @_name "return" "exit"))
