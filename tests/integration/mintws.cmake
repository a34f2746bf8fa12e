# mintws in a pipe, against its own echo server and scripted ones.
if(TARGET mintws)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME integration_mintws_pipe
    COMMAND Python3::Interpreter -B "${CMAKE_CURRENT_SOURCE_DIR}/mintws_pipe_test.py" $<TARGET_FILE:mintws>)
  add_test(NAME integration_demo COMMAND "${PROJECT_SOURCE_DIR}/scripts/demo")
  set_tests_properties(integration_demo PROPERTIES ENVIRONMENT "MINTWS=$<TARGET_FILE:mintws>")
  set_tests_properties(integration_mintws_pipe integration_demo PROPERTIES TIMEOUT 300 LABELS integration)
endif()
