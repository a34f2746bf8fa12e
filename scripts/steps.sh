#!/usr/bin/env bash
# Steps with headlines, progress, a tally of tests, and a summary; sourced by the scripts that build and check.
#
# Steps go on after a failure, so that one run shows all there is to see; `finish` ends with the exit code of the whole.

# Paths below the checkout count as relative: what one checkout compiled serves the next, wherever it is.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

passed_count=0
failed_count=0
summary=()

# step NAME COMMAND…: runs it under a headline. A failing step counts as one failed test.
step() {
  local name="$1" started=$SECONDS outcome=ok
  shift
  printf '\n==== %s\n' "$name"
  "$@" || outcome=FAILED
  if [[ "$outcome" == FAILED ]]; then
    failed_count=$((failed_count + 1))
  fi
  summary+=("$(printf '%-7s %4d s  %s' "$outcome" $((SECONDS - started)) "$name")")
  [[ "$outcome" == ok ]]
}

# with_progress LOG PATTERN COMMAND…: runs it with its output in LOG, and meanwhile says how far it is, as the last match
# of PATTERN in LOG: each second on a terminal, twice a minute elsewhere.
with_progress() {
  local log="$1" pattern="$2" outcome=0 shown="" seen wait=30 started=$SECONDS
  shift 2
  [[ -t 1 ]] && wait=1
  "$@" >"$log" 2>&1 &
  local command=$!
  while kill -0 "$command" 2>/dev/null; do
    local next=$((SECONDS + wait))
    while ((SECONDS < next)) && kill -0 "$command" 2>/dev/null; do
      sleep 0.2
    done
    seen="$(tail -c 4000 "$log" | tr '\r' '\n' | grep -oE "$pattern" | tail -n 1)"
    if [[ -n "$seen" && "$seen" != "$shown" ]] && kill -0 "$command" 2>/dev/null; then
      shown="$seen"
      if [[ -t 1 ]]; then
        printf '\r  %s, %d s' "$seen" $((SECONDS - started))
      else
        printf '  %s, %d s\n' "$seen" $((SECONDS - started))
      fi
    fi
  done
  wait "$command" || outcome=$?
  [[ -t 1 && -n "$shown" ]] && printf '\r\033[K'
  return "$outcome"
}

# junit_count FILE ATTRIBUTE: the number that ctest's report gives for the whole run.
junit_count() {
  sed -n "s/.*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# test_step PRESET CTEST-ARGUMENT…: runs the preset's tests and adds them up. A test that was skipped counts as failed:
# it has shown nothing.
test_step() {
  local preset="$1" started=$SECONDS outcome=ok
  local report="$PWD/build/$preset/ctest.xml" log="build/$preset/ctest.log"
  shift
  printf '\n==== test: %s\n' "$preset"
  rm -f "$report"
  with_progress "$log" '^ *[0-9]+/[0-9]+ Test' \
    ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" --output-junit "$report" "$@" ||
    outcome=FAILED
  local total=0 bad=0 kind count
  if [[ -f "$report" ]]; then
    # The counts stand in the first element alone; each test has elements of its own after it.
    local head
    head="$(mktemp)"
    sed '/<testcase/,$d' "$report" >"$head"
    total="$(junit_count "$head" tests)"
    for kind in failures disabled skipped; do
      count="$(junit_count "$head" "$kind")"
      bad=$((bad + ${count:-0}))
    done
    rm -f "$head"
  fi
  if [[ "$bad" -gt 0 ]]; then
    outcome=FAILED
  elif [[ "$outcome" == FAILED ]]; then
    bad=1
  fi
  if [[ "$outcome" == FAILED ]]; then
    grep -Ev '^ +Start +[0-9]+: |^ *[0-9]+/[0-9]+ Test .* Passed ' "$log"
  else
    tail -n 4 "$log"
  fi
  passed_count=$((passed_count + (total > bad ? total - bad : 0)))
  failed_count=$((failed_count + bad))
  summary+=("$(printf '%-7s %4d s  %s: %d of %d tests passed' "$outcome" $((SECONDS - started)) "test: $preset" \
    $((total > bad ? total - bad : 0)) "$total")")
  [[ "$outcome" == ok ]]
}

# build_preset PRESET [CONFIGURE-OPTION…] [-- BUILD-OPTION…]: configures and builds; shows the output of a failure.
build_preset() {
  local preset="$1" configure=() folder="build/$1"
  shift
  while [[ $# -gt 0 && "$1" != -- ]]; do
    configure+=("$1")
    shift
  done
  [[ $# -gt 0 ]] && shift
  mkdir -p "$folder"
  cmake --preset "$preset" "${configure[@]}" >"$folder/configure.log" 2>&1 || {
    cat "$folder/configure.log"
    return 1
  }
  with_progress "$folder/build.log" '^\[[0-9]+/[0-9]+\]' cmake --build --preset "$preset" "$@" || {
    sed '/^\[[0-9]*\/[0-9]*\]/d' "$folder/build.log"  # without the lines that only count
    return 1
  }
  tail -n 1 "$folder/build.log"
}

# release_options PART…: sets `options` so that the preset `release` has these parts, of tests, examples, fuzzers and
# benchmarks. Parts that another command switched on stay on: their objects would be deleted otherwise.
release_options() {
  local part wanted
  options=()
  for part in TESTS EXAMPLES FUZZERS BENCHMARKS; do
    wanted=OFF
    if [[ " ${*^^} " == *" $part "* ]] || grep -qs "^MINT_BUILD_$part:[A-Z]*=ON" build/release/CMakeCache.txt; then
      wanted=ON
    fi
    options+=("-DMINT_BUILD_$part=$wanted")
  done
  options+=(-DMINT_BUILD_TOOLS=ON -DMINT_INSTALL=ON)
}

finish() {
  printf '\n==== summary (%d s)\n' "$SECONDS"
  printf '%s\n' "${summary[@]}"
  printf '%d passed, %d failed\n' "$passed_count" "$failed_count"
  [[ "$failed_count" == 0 && "$passed_count" -gt 0 ]]
  exit $?
}
