#!/usr/bin/env python3
"""check_symbols.py ARCHIVE…: fails if the core asks the system for anything but what the list below allows.

Includes show what a source file could call; symbols show what it does call, also through a header of somebody else's.
Give all archives of the core: what one of them defines, another may use.
"""

import re
import subprocess
import sys

# What the core may ask others for, each with its reason. The names are as the linker has them.
ALLOWED = {
    r"_ZN?K?S[tais]|_ZNK?S[tais]|_ZT[IVST]": "the C++ library: containers, strings, exceptions, type information",
    r"_Zn[wa]|_Zd[la]": "operator new and delete: heap memory",
    r"__cxa_|__gxx_personality_v0$|_Unwind_Resume$|__dynamic_cast$|__dso_handle$|__tls_get_addr$|_GLOBAL_OFFSET_TABLE_$":
        "what the compiler writes for exceptions, statics and thread-local variables",
    r"__popcountdi2$": "an instruction of the processor that the compiler writes as a call",
    r"__cpu_(model|indicator_init)$": "which instructions this processor has",
    r"__stack_chk_fail$|__assert_fail$|abort$": "checks that end the program",
    r"mem(cpy|move|set|cmp|chr|rchr|mem)$|bcmp$|str(len|n?cmp|n?cpy|chr)$|__(mem(cpy|move|set)|strncpy)_chk$":
        "memory and strings of the C library",
    r"(malloc|calloc|realloc|free)$": "heap memory in the shape that libraries in C ask for",
    r"__errno_location$": "why a call of this list failed",
    r"__libc_single_threaded$": "std::shared_ptr counts without atomics in a process of one thread",
    r"strerror_r$|v?snprintf$|__v?snprintf_chk$": "Boost.System's texts of errors, in what Beast includes",
    r"getrandom$": "random bytes for masking keys and nonces",
    r"mmap$|munmap$|madvise$|getpid$": "a page that a forked child finds wiped: it never repeats its parent's masking keys",
    r"(RAND_|SHA1|EVP_|OPENSSL_|CRYPTO_|ERR_)": "OpenSSL's libcrypto: the handshake's SHA-1, random bytes, wiping",
    r"(inflate|deflate|crc32|adler32|zlibVersion)": "zlib: DEFLATE over memory",
    r"(isal_|zng_)": "ISA-L and zlib-ng: the same",
    r"nghttp2_": "nghttp2: HTTP/2 over memory",
    r"_ZNK?8simdjson": "simdjson: UTF-8 validation over memory",
    r"__(a|ub|t)san_|__sanitizer_|__sancov|__(start|stop)_(__sancov|asan_globals)": "the sanitizers, if the build has them",
}
# The C++ library's own ways to the system, which the first row would let in.
REFUSED = re.compile(r"_ZNK?St6chrono.*3now|_ZNK?St6thread|_ZNK?St(5mutex|18condition_variable)|_ZNK?St\d+basic_\w*fstream"
                     r"|_ZNK?St10filesystem|_ZSt(4c(out|err|log)|3cin)$")


def is_allowed(name):
    return any(re.match(pattern, name) for pattern in ALLOWED) and not REFUSED.match(name)


def symbols(archive):
    """The undefined and the defined names of an archive."""
    undefined, defined = set(), set()
    listing = subprocess.run(["nm", "--format=posix", archive], check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) >= 2 and len(parts[1]) == 1:
            (undefined if parts[1] in "UwvN" else defined).add(parts[0])
    return undefined, defined


def surplus(archives):
    """The names that nothing here allows, with an archive that asks for each."""
    asked, defined = {}, set()
    for archive in archives:
        undefined, own = symbols(archive)
        defined |= own
        for name in undefined:
            asked.setdefault(name, archive)
    return sorted((name, archive) for name, archive in asked.items() if name not in defined and not is_allowed(name))


def main():
    found = surplus(sys.argv[1:])
    for name, archive in found:
        print(f"{archive} needs {name}: no system I/O, clock or thread stands below `net`")
    print(f"symbols: {len(found)} that the core may not need")
    return 1 if found or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
