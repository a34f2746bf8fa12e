#!/usr/bin/env bash
# Steps with headlines, a tally of tests, and a summary; sourced by scripts/check and scripts/check-nightly.
#
# Steps go on after a failure, so that one run shows all there is to see; `finish` ends with the exit code of the whole.
# Paths below the checkout count as relative: what one checkout compiled serves the next, wherever it lies.
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

# junit_count FILE ATTRIBUTE: the number that ctest's report gives for the whole run.
junit_count() {
  sed -n "s/.*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# test_step PRESET CTEST-ARGUMENT…: runs the preset's tests and adds them up. A test that was skipped counts as failed:
# it has shown nothing.
test_step() {
  local preset="$1" started=$SECONDS outcome=ok
  local report="$PWD/build/$preset/ctest.xml"
  shift
  printf '\n==== test: %s\n' "$preset"
  rm -f "$report"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" --output-junit "$report" \
    "$@" >"build/$preset/ctest.log" 2>&1 || outcome=FAILED
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
    grep -Ev '^ +Start +[0-9]+: |^ *[0-9]+/[0-9]+ Test .* Passed ' "build/$preset/ctest.log"
  else
    tail -n 4 "build/$preset/ctest.log"
  fi
  passed_count=$((passed_count + (total > bad ? total - bad : 0)))
  failed_count=$((failed_count + bad))
  summary+=("$(printf '%-7s %4d s  %s: %d of %d tests passed' "$outcome" $((SECONDS - started)) "test: $preset" \
    $((total > bad ? total - bad : 0)) "$total")")
  [[ "$outcome" == ok ]]
}

build_preset() {
  local preset="$1"
  mkdir -p "build/$preset"
  cmake --preset "$preset" "${@:2}" >"build/$preset/configure.log" 2>&1 || {
    cat "build/$preset/configure.log"
    return 1
  }
  cmake --build --preset "$preset" >"build/$preset/build.log" 2>&1 || {
    sed '/^\[[0-9]*\/[0-9]*\]/d' "build/$preset/build.log"  # without the lines that only count
    return 1
  }
  tail -n 1 "build/$preset/build.log"
}

finish() {
  printf '\n==== summary (%d s)\n' "$SECONDS"
  printf '%s\n' "${summary[@]}"
  printf '%d passed, %d failed\n' "$passed_count" "$failed_count"
  [[ "$failed_count" == 0 && "$passed_count" -gt 0 ]]
  exit $?
}
