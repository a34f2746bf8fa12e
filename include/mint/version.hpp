#pragma once

// Every public header comes by here first: what is missing is said before anything else fails for it.
#if __cplusplus <= 202002L
#error "mint needs C++23: compile with -std=c++23, or link mint's CMake targets, which ask for it"
#else
#include <version>
#ifndef __cpp_lib_expected
#error "mint needs std::expected of C++23: GCC 12 with its library, or clang 19 with libstdc++ 12, or later ones"
#endif
#endif

#define MINT_VERSION_MAJOR 0
#define MINT_VERSION_MINOR 1
#define MINT_VERSION_PATCH 0
#define MINT_VERSION_STRING "0.1.0"
