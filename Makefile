# The project's commands, in any order. Each installs the Debian packages that it lacks, and says so.
PREFIX ?= /usr/local

.PHONY: help demo check check-all check-nightly bench install format clean

help:
	@echo 'make demo           build, and show a WebSocket conversation frame by frame'
	@echo 'make check          every test, with GCC'
	@echo 'make check-all      what check leaves out: clang, the sanitizers, benchmarks built, slow tests'
	@echo 'make bench          measure, beside other libraries'
	@echo 'make install        libraries, headers and mintws into PREFIX (/usr/local), below DESTDIR if that is set'
	@echo 'make check-nightly  search with each fuzzer, and clang-tidy over everything'
	@echo 'make format         clang-format over our sources'
	@echo 'make clean          remove build/'

demo:
	@scripts/install-deps build
	@scripts/build-release programs
	@scripts/demo

check:
	@scripts/check

check-all:
	@scripts/check-all

check-nightly:
	@scripts/check-nightly

bench:
	@scripts/install-deps bench
	@scripts/build-release benchmarks
	@bench/compare/run

install:
	@scripts/install-deps build
	@scripts/build-release programs
	@cmake --install build/release --prefix "$(PREFIX)"

format:
	@scripts/format

clean:
	rm -rf build
