# mintws as its user meets it, against its own echo server and scripted ones.
if(TARGET mintws)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  foreach(part IN ITEMS pipe streams terminal life status usage opening answers tls http2)
    add_test(NAME integration_mintws_${part}
      COMMAND Python3::Interpreter -B "${CMAKE_CURRENT_SOURCE_DIR}/mintws_${part}_test.py" $<TARGET_FILE:mintws>)
    list(APPEND mintws_tests integration_mintws_${part})
  endforeach()
  add_test(NAME integration_demo COMMAND "${PROJECT_SOURCE_DIR}/scripts/demo")
  set_tests_properties(integration_demo PROPERTIES ENVIRONMENT "MINTWS=$<TARGET_FILE:mintws>")
  set_tests_properties(${mintws_tests} integration_demo PROPERTIES TIMEOUT 300 LABELS integration)
endif()
