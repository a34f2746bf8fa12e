include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")
consume(find_package -DMINT_BY=find_package "-DCMAKE_PREFIX_PATH=${scratch}/moved")
