#!/usr/bin/env python3
"""Shows that each rule of check_layout.py fires on a tree that breaks it, and only that one."""

import tempfile
import unittest
from pathlib import Path

import check_layout

# A tree with one file of each kind, which breaks no rule.
SOUND = {
    "docs/architecture.md": "\n".join(check_layout.layer_rows()) + "\n",
    "include/mint/mint.hpp": "#pragma once\n#include <mint/base/bytes.hpp>\n",
    "include/mint/version.hpp": "#pragma once\n",
    "include/mint/base/bytes.hpp": "#pragma once\n#include <mint/version.hpp>\n#include <span>\n",
    "include/mint/ws/codec.hpp": "#pragma once\n#include <mint/base/bytes.hpp>\n// Unlike boost::beast, no I/O.\n",
    "src/base/bytes.cpp": "#include <mint/base/bytes.hpp>\n",
    "src/base/bytes_test.cpp": '#include "support/every_split.hpp"\n#include <thread>\n',
    "src/ws/codec.cpp": '#include "base/endian.hpp"\n#include "ws/mask.hpp"\n#include <mint/ws/codec.hpp>\n',
    "src/ws/codec_limits_test.cpp": "#include <gtest/gtest.h>\n",
    "src/http1/parser.cpp": "#include <boost/beast/http.hpp>\n",
    "src/http1/parser_test.cpp": "#include <gtest/gtest.h>\n",
    "src/net/socket.cpp": "#include <sys/socket.h>\n",
    "src/net/socket_test.cpp": "#include <gtest/gtest.h>\n",
    "tools/mintws/main.cpp": '#include "mintws/loop.hpp"\n#include <mint/mint.hpp>\n',
    "tools/mintws/loop.hpp": "#pragma once\n",
    "examples/one.cpp": "#include <mint/mint.hpp>\n",
    "docs/style.md": "# Style\n",
    "build/junk.cpp": "\tTO" "DO  \n",
}

# rule → trees that break it; each entry is added to SOUND, or replaces a file of it.
BROKEN = {
    "table_in_the_docs": [
        {"docs/architecture.md": "\n".join(list(check_layout.layer_rows())[1:]) + "\n"},
        {"docs/architecture.md": SOUND["docs/architecture.md"] + "| `base` | `ws` | everything |\n"},
    ],
    "known_layer": [{"src/utils/x.hpp": "#pragma once\n"}],
    "downward_includes": [
        {"include/mint/base/bytes.hpp": "#include <mint/ws/codec.hpp>\n"},
        {"src/ws/codec.cpp": "#include <mint/http1/client_machine.hpp>\n"},
        {"src/ws/codec.cpp": '#include "net/socket.hpp"\n'},
        {"src/ws/codec.cpp": '#include "mask.hpp"\n'},
        {"src/ws/codec.cpp": "#include <mint/mint.hpp>\n"},
        {"src/ws/codec.cpp": '#include "support/every_split.hpp"\n'},
        {"src/ws/codec_limits_test.cpp": "#include <mint/http/connection.hpp>\n"},
    ],
    "quoted_includes": [
        {"include/mint/ws/codec.hpp": '#include "ws/mask.hpp"\n'},
        {"tools/mintws/main.cpp": '#include "ws/mask.hpp"\n'},
        {"examples/one.cpp": '#include "base/endian.hpp"\n'},
        {"tests/conformance/client/main.cpp": '#include "ws/mask.hpp"\n'},
    ],
    "clean_public_headers": [
        {"include/mint/ws/codec.hpp": "#include <openssl/evp.h>\n"},
        {"include/mint/ws/codec.hpp": "#include <simdjson.h>\n"},
        {"include/mint/http/connection.hpp": "#include <sys/uio.h>\n"},
        {"include/mint/ws/codec.hpp": "boost::beast::flat_buffer b;\n"},
        {"include/mint/ws/codec.hpp": "SSL* connection;\n"},
        {"include/mint/ws/codec.hpp": "nghttp2_session* session;\n"},
    ],
    "no_braced_vector_default": [
        {"include/mint/ws/codec.hpp": f"struct options {{\n    std::vector<int> numbers{default};\n}};\n"}
        for default in (" = {1}", "{1, 2}", " = std::vector<int>{1}", " = std::vector{1}")
    ],
    "results_not_discarded": [
        {"include/mint/ws/codec.hpp": "std::expected<void, error> encode(const frame& f);\n"},
        {"include/mint/ws/codec.hpp": "    static bool is_sent(int x) noexcept;\n"},
    ],
    "no_system_in_core": [
        {"src/ws/codec.cpp": f"#include <{header}>\n"}
        for header in ("sys/socket.h", "sys/epoll.h", "unistd.h", "poll.h", "thread", "mutex", "fstream")
    ] + [
        {"src/http1/parser.cpp": "auto t = std::chrono::steady_clock::now();\n"},
        {"include/mint/base/bytes.hpp": "#include <thread>\n"},
    ],
    "dependency_layers": [
        {"src/ws/codec.cpp": "#include <openssl/sha.h>\n"},
        {"src/http1/parser.cpp": "#include <openssl/evp.h>\n"},
    ],
    "one_job": [{"src/ws/codec.cpp": "int x;\n" * 401}],
    "test_beside": [{"src/ws/mask.cpp": "int x;\n"}],
    "tidy_text": [
        {"src/ws/codec.cpp": "\tint x;\n"},
        {"docs/style.md": "# Style  \n"},
        {"docs/style.md": "# Style"},
    ],
    "finished": [{"src/ws/codec.cpp": "// TO" "DO: the rest\n"}, {"docs/style.md": "FIX" "ME\n"}],
    "one_source_file": [
        {"src/http1/writer.cpp": "#include <boost/beast/http.hpp>\n", "src/http1/writer_test.cpp": "int x;\n"},
    ],
}


def rules_broken(changes):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in {**SOUND, **changes}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return {rule for _, _, rule, _ in check_layout.violations(root)}


class Layout(unittest.TestCase):
    def test_a_sound_tree_breaks_no_rule(self):
        self.assertEqual(rules_broken({}), set())

    def test_each_rule_fires_alone(self):
        for rule, trees in BROKEN.items():
            for changes in trees:
                with self.subTest(rule=rule, changes={k: v[:60] for k, v in changes.items()}):
                    self.assertEqual(rules_broken(changes), {rule})

    def test_each_rule_has_a_tree_that_breaks_it(self):
        rules = {rule.__name__ for rule in check_layout.RULES + check_layout.RULES_OVER_ALL}
        self.assertEqual(rules, set(BROKEN))

    def test_a_long_file_may_say_its_one_job(self):
        self.assertEqual(rules_broken({"src/ws/codec.cpp": "// one job: a table\n" + "int x;\n" * 401}), set())

    def test_layers_name_lower_ones_only(self):
        seen = []
        for layer, allowed in check_layout.LAYERS.items():
            self.assertLessEqual(set(allowed), set(seen), layer)
            seen.append(layer)

    def test_exceptions_are_of_files_that_exist(self):
        root = Path(__file__).resolve().parents[2]
        paths = [*check_layout.TESTED_ELSEWHERE, *(path for path, _ in check_layout.SYSTEM_ALLOWED)]
        self.assertEqual([path for path in paths if not (root / path).exists()], [])


if __name__ == "__main__":
    unittest.main()
