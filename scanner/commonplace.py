"""Words and forms of code that say nothing of which function of a repository is meant, or that one of many is."""

from __future__ import annotations

import re

#: Methods of strings, lists, maps, streams and promises in the languages that are read: by such a name alone nothing
#: of a repository is meant.
COMMONPLACE = frozenset(
    """
    add addEventListener addListener all and_then any append apply as_bytes as_deref as_mut as_ref as_str assert
    assign await bind bool bytes catch ceil clear clone close collect concat contains copy count cwd debug
    decode default delete dict dumps each emit encode endsWith endswith entries enumerate eq error Errorf every
    exists expanduser expect extend fatal filter filter_map finally find findall first flat_map flatMap float
    floor flush fold forEach format from fromkeys get get_mut getLogger group has hasOwnProperty includes index
    indexOf info insert int into into_iter is_dir is_empty is_err is_file is_none is_ok is_some isArray isdigit
    isinstance isoformat items iter join keys last len length list loads lock log lower lstrip map map_err match
    max min mkdir ne new next now off ok ok_or ok_or_else on once open or_default or_else parse pop print Printf
    printf Println push push_back push_str range read read_text readline reduce reject release remove repeat
    replace resolve reverse round rstrip search set setdefault shift size skip slice some sort sorted splice
    split splitlines splitn Sprintf sprintf starts_with startsWith startswith stat str String strip sub
    substring success sum take test then to_lowercase to_owned to_string toFixed toISOString toLowerCase
    toString total toUpperCase trim tuple type unlink unshift unwrap unwrap_or unwrap_or_default unwrap_or_else
    update upper values warn warning write write_text zip
    """.split()
)
#: What a variable was given that is one of many.
LOOKED_UP = re.compile(r"\.(?:get|pop|popleft|values|items|entries|find|shift|at)\b|\[|^(?:async\s+)?for\b")
#: How a table begins that is written out where it is used.
WRITTEN_OUT = ("{", "[", "map[", "new Map", "dict(", "vec!")
