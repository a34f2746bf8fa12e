# As shared libraries, since the installed ones are static: so each kind is built and used once.
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")
consume(subdirectory -DMINT_BY=add_subdirectory "-DMINT_SOURCE=${mint_source}" -DBUILD_SHARED_LIBS=ON
  -DCMAKE_BUILD_TYPE=Debug)
