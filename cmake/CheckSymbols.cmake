# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake -DKOI_NM=NM -DKOI_OBJECTS=FILES -P cmake/CheckSymbols.cmake
#
# Fails where an object of koi::kernels that is compiled for an instruction set, and named after it, defines a weak
# symbol whose name does not say so: a linker could take it for a program that runs on other processors.
cmake_minimum_required(VERSION 3.25)

set(failures "")
set(count 0)
foreach(object IN LISTS KOI_OBJECTS)
  cmake_path(GET object STEM set)
  if(set STREQUAL "choose")
    continue()
  endif()
  math(EXPR count "${count} + 1")
  execute_process(COMMAND ${KOI_NM} ${object} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE why)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${KOI_NM} ${object}: ${why}")
  endif()
  # as mangled: the length, then the name
  string(LENGTH "compiled_for_${set}" length)
  set(tag "${length}compiled_for_${set}")
  string(REGEX MATCHALL "[0-9a-f]+ [VWu] [^\n]+" weak "${text}")
  foreach(symbol IN LISTS weak)
    if(NOT symbol MATCHES "${tag}")
      string(APPEND failures "  ${set}: ${symbol}\n")
    endif()
  endforeach()
  if(NOT text MATCHES "${tag}")
    string(APPEND failures "  ${set}: no symbol says ${tag}\n")
  endif()
endforeach()

if(failures)
  message(FATAL_ERROR "symbols that every instruction set could share:\n${failures}")
elseif(count EQUAL 0)
  message(FATAL_ERROR "no objects of an instruction set")
endif()
message(STATUS "the weak symbols of ${count} objects name their instruction set")
