# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake -DKOI_SOURCE=FILE -DKOI_COMPILER=PROGRAM -DKOI_FLAGS=LIST -P cmake/CheckRefusal.cmake
#
# A source that starts with lines "// expect: REGEX" must fail to compile, and the diagnostics must match each of
# them. A source without such a line must compile.
cmake_minimum_required(VERSION 3.25)

set(control TRUE)
file(STRINGS ${KOI_SOURCE} lines REGEX "^// expect: ")
if(lines)
  set(control FALSE)
endif()

execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${KOI_COMPILER} ${KOI_FLAGS} -fsyntax-only ${KOI_SOURCE}
                RESULT_VARIABLE status OUTPUT_VARIABLE diagnostics ERROR_VARIABLE diagnostics)
if(control)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${KOI_SOURCE} must compile, and does not:\n${diagnostics}")
  endif()
  return()
endif()

if(status EQUAL 0)
  message(FATAL_ERROR "${KOI_SOURCE} must not compile, and does")
endif()
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^// expect: " "" wanted "${line}")
  if(NOT diagnostics MATCHES "${wanted}")
    message(FATAL_ERROR "${KOI_SOURCE} does not compile, but the compiler does not say \"${wanted}\":\n${diagnostics}")
  endif()
endforeach()
