# docs/conformance.md against the names of the tests; links and C++ blocks of the documents.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME conformance_table
  COMMAND Python3::Interpreter -B "${CMAKE_CURRENT_SOURCE_DIR}/check_conformance.py" "${PROJECT_SOURCE_DIR}")
add_test(NAME conformance_check_itself
  COMMAND Python3::Interpreter -B "${CMAKE_CURRENT_SOURCE_DIR}/check_conformance.py" --self-test)
set_tests_properties(conformance_table conformance_check_itself PROPERTIES TIMEOUT 60 LABELS conformance)
