# The project's commands. Each installs the Debian packages that it lacks, and says so.
.PHONY: help demo check check-nightly bench format clean

help:
	@echo 'make demo           build, and show a WebSocket conversation frame by frame'
	@echo 'make check          every test, with GCC, clang and the sanitizers'
	@echo 'make bench          measure, beside other libraries'
	@echo 'make check-nightly  search with each fuzzer, and clang-tidy over everything'
	@echo 'make format         clang-format over our sources'
	@echo 'make clean          remove build/'

demo:
	@scripts/install-deps build
	@scripts/build-release --programs-only
	@scripts/demo

check:
	@scripts/check

check-nightly:
	@scripts/check-nightly

bench:
	@scripts/install-deps bench
	@scripts/build-release
	@bench/compare/run

format:
	@scripts/format

clean:
	rm -rf build
