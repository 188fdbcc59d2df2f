(pair key: (string) @name value: (_) @value) @key.mapping
(comment) @comment
