(block_mapping_pair key: (_) @name value: (_)? @value) @key.mapping
(flow_pair key: (_) @name value: (_)? @value) @key.mapping
(comment) @comment
