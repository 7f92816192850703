# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake [-DKOI_README=FILE -DKOI_EXAMPLE=FILE] -P cmake/CheckReadme.cmake
#
# Fails unless the README's first C++ block is examples/quickstart.cpp, letter for letter, licence lines apart, and
# short enough to be read at a glance.
cmake_minimum_required(VERSION 3.25)
set(most_lines 25)

if(NOT KOI_README)
  set(KOI_README ${CMAKE_CURRENT_LIST_DIR}/../README.md)
endif()
if(NOT KOI_EXAMPLE)
  set(KOI_EXAMPLE ${CMAKE_CURRENT_LIST_DIR}/../examples/quickstart.cpp)
endif()

foreach(file IN ITEMS ${KOI_README} ${KOI_EXAMPLE})
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "${file} is missing")
  endif()
endforeach()

file(READ ${KOI_README} readme)
string(FIND "${readme}" "```cpp\n" begin)
if(begin EQUAL -1)
  message(FATAL_ERROR "${KOI_README} has no ```cpp block")
endif()
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${readme}" ${begin} -1 readme)
string(FIND "${readme}" "```" end)
string(SUBSTRING "${readme}" 0 ${end} shown)

file(READ ${KOI_EXAMPLE} code)
string(REGEX REPLACE "^(// SPDX-[^\n]*\n)+\n*" "" code "${code}")

if(NOT shown STREQUAL code)
  message(FATAL_ERROR "${KOI_README}: the first C++ block differs from ${KOI_EXAMPLE}\n"
                      "--- README\n${shown}--- example\n${code}")
endif()

string(REGEX MATCHALL "\n" newlines "${code}")
list(LENGTH newlines lines)
if(lines GREATER most_lines)
  message(FATAL_ERROR "${KOI_EXAMPLE} has ${lines} lines; the quick start is at most ${most_lines}")
endif()
message(STATUS "the README shows the quick start: ${lines} lines")
