# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# koi::koi: include paths, C++20 and dependencies. No warnings, no -march, no definitions: what a user's program means
# must not depend on how koi was configured.
add_library(koi INTERFACE)
add_library(koi::koi ALIAS koi)

file(GLOB_RECURSE koi_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/koi/*.hpp)
target_sources(koi INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${koi_headers})
target_compile_features(koi INTERFACE cxx_std_20)
target_link_libraries(koi INTERFACE xtensor xsimd Boost::headers fmt::fmt OpenSSL::SSL OpenSSL::Crypto nlohmann_json::nlohmann_json
                                    Threads::Threads)

# For the project's own programs; never exported.
add_library(koi_warnings INTERFACE)
target_compile_options(koi_warnings INTERFACE -Wall -Wextra -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # With -O3 it takes parts of its own headers for uninitialized or too short.
  set(koi_no_false_alarms -Wno-uninitialized -Wno-maybe-uninitialized -Wno-stringop-overflow)
  target_compile_options(koi_warnings INTERFACE "$<$<CONFIG:Release>:${koi_no_false_alarms}>")
endif()

add_library(koi_native INTERFACE)
if(KOI_NATIVE)
  target_compile_options(koi_native INTERFACE -march=native)
endif()

# koi::kernels, for those who want it: every kernel once for each instruction set, chosen for the processor at run time.
# What links it says KOI_KERNELS; what does not has the kernels of its own compiler flags.
option(KOI_BUILD_KERNELS "Build and install koi::kernels even if nothing here links it" ${PROJECT_IS_TOP_LEVEL})
include(CheckCXXSymbolExists)
check_cxx_symbol_exists(__x86_64__ cstddef KOI_X86_64)

set(koi_kernel_sets baseline)
set(koi_flags_of_baseline "")
if(KOI_X86_64)
  list(APPEND koi_kernel_sets avx2 avx512 avx512_vbmi2)
  set(koi_flags_of_baseline -march=x86-64) # whatever CMAKE_CXX_FLAGS say
  set(koi_flags_of_avx2 -march=x86-64 -mavx2)
  set(koi_flags_of_avx512 ${koi_flags_of_avx2} -mavx512f -mavx512dq -mavx512bw -mavx512vl)
  set(koi_flags_of_avx512_vbmi2 ${koi_flags_of_avx512} -mavx512vbmi -mavx512vbmi2 -mavx512ifma -mgfni)
endif()

add_library(koi_kernels STATIC cmake/kernels/choose.cpp)
add_library(koi::kernels ALIAS koi_kernels)
foreach(set IN LISTS koi_kernel_sets)
  target_sources(koi_kernels PRIVATE cmake/kernels/${set}.cpp)
  # Without exceptions and with optimisation, also in debug builds: no symbol may remain that another unit could take.
  set_source_files_properties(cmake/kernels/${set}.cpp PROPERTIES COMPILE_OPTIONS
                              "${koi_flags_of_${set}};-O3;-fno-exceptions")
endforeach()
target_link_libraries(koi_kernels PUBLIC koi)
target_compile_definitions(koi_kernels INTERFACE KOI_KERNELS PRIVATE KOI_KERNELS $<$<BOOL:${KOI_X86_64}>:KOI_KERNELS_X86>)
target_compile_options(koi_kernels PRIVATE $<TARGET_PROPERTY:koi_warnings,INTERFACE_COMPILE_OPTIONS> ${koi_no_false_alarms})
set_target_properties(koi_kernels PROPERTIES EXPORT_NAME kernels POSITION_INDEPENDENT_CODE ON)
if(NOT KOI_BUILD_KERNELS)
  set_target_properties(koi_kernels PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
