(table . [(bare_key) (dotted_key) (quoted_key)] @name) @key.path
(table_array_element . [(bare_key) (dotted_key) (quoted_key)] @name) @key.path
(pair . [(bare_key) (dotted_key) (quoted_key)] @name (_) @value) @key.path
(comment) @comment
