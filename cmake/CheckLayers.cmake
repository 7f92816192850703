# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake [-DKOI_INCLUDE=DIR] -P cmake/CheckLayers.cmake
#
# Fails, with file and line, where a header includes a layer above its own, one protocol another's folder, or a
# library outside the one header that is its home.
cmake_minimum_required(VERSION 3.25)

if(NOT KOI_INCLUDE)
  set(KOI_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/../include)
endif()
cmake_path(ABSOLUTE_PATH KOI_INCLUDE NORMALIZE)

set(layers core kernels ring crypto tensor net protocol ops nn session)
set(beside_session io trace serve) # each above session, none knows another, but serve knows io
set(shared_by_protocols beaver)

# Includes that start so | headers that may, as a regular expression over the path below koi/.
set(homes
    "(xtensor|xtensor-blas|xtl)/ | ^tensor/detail/xtensor\\.hpp$"
    "xsimd/ | ^kernels/lanes\\.hpp$"
    "openssl/ssl\\.h | ^net/detail/openssl_ssl\\.hpp$"
    "openssl/([^s]|s[^s]|ss[^l]) | ^crypto/detail/openssl(_x509)?\\.hpp$"
    "boost/ | ^net/detail/asio\\.hpp$"
    "nlohmann/ | ^session/(detail/[^/]+|cluster)\\.hpp$"
    "zlib\\.h | ^io/"
    "protozero/ | ^(io/onnx/detail/message|trace/detail/event_file)\\.hpp$"
    "(doctest|CLI|benchmark|cblas)[/.] | ^$")

file(GLOB_RECURSE headers RELATIVE ${KOI_INCLUDE}/koi ${KOI_INCLUDE}/koi/*.hpp)
file(GLOB policies RELATIVE ${KOI_INCLUDE}/koi/protocol ${KOI_INCLUDE}/koi/protocol/*)
list(FILTER policies EXCLUDE REGEX "\\.hpp$")
list(REMOVE_ITEM policies detail ${shared_by_protocols})
if(NOT headers)
  message(FATAL_ERROR "no headers under ${KOI_INCLUDE}/koi")
endif()

set(failures "")

function(complain header line why)
  file(READ ${KOI_INCLUDE}/koi/${header} text)
  string(FIND "${text}" "${line}" at)
  string(SUBSTRING "${text}" 0 ${at} before)
  string(REGEX MATCHALL "\n" newlines "${before}")
  list(LENGTH newlines number)
  math(EXPR number "${number} + 1")
  set(failures "${failures}  koi/${header}:${number}: ${line}\n      ${why}\n" PARENT_SCOPE)
endfunction()

# "ring/z2k.hpp" and "ring.hpp" -> ring; "koi.hpp" and other headers of no layer -> ""
function(layer_of path out)
  string(REGEX REPLACE "(/.*|\\.hpp)$" "" name "${path}")
  if(NOT name IN_LIST layers AND NOT name IN_LIST beside_session)
    set(name "")
  endif()
  set(${out} "${name}" PARENT_SCOPE)
endfunction()

# "protocol/pond/mul.hpp" and "protocol/pond.hpp" -> pond; what belongs to no policy -> ""
function(policy_of path out)
  set(name "")
  if(path MATCHES "^protocol/([^/.]+)" AND CMAKE_MATCH_1 IN_LIST policies)
    set(name ${CMAKE_MATCH_1})
  endif()
  set(${out} "${name}" PARENT_SCOPE)
endfunction()

foreach(header IN LISTS headers)
  layer_of(${header} own_layer)
  policy_of(${header} own_policy)
  list(FIND layers "${own_layer}" own_rank)

  file(STRINGS ${KOI_INCLUDE}/koi/${header} lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "include[ \t]*[<\"]([^>\"]+)[>\"]")
      complain(${header} "${line}" "not an include of one named header")
      continue()
    endif()
    set(target ${CMAKE_MATCH_1})

    if(NOT target MATCHES "^koi/(.*)$")
      if(line MATCHES "include[ \t]*\"")
        complain(${header} "${line}" "write #include <koi/...> or a library's <...>")
      endif()
      foreach(home IN LISTS homes)
        string(REGEX MATCH "^(.*) \\| (.*)$" _ "${home}")
        set(library ${CMAKE_MATCH_1})
        set(allowed ${CMAKE_MATCH_2})
        if(target MATCHES "^${library}" AND NOT header MATCHES "${allowed}")
          complain(${header} "${line}" "this library has one home, and it is not this header")
        endif()
      endforeach()
      continue()
    endif()

    set(target ${CMAKE_MATCH_1})
    layer_of(${target} layer)
    policy_of(${target} policy)
    list(FIND layers "${layer}" rank)
    if(own_layer AND target STREQUAL "koi.hpp")
      complain(${header} "${line}" "a layer includes the umbrella above it")
    elseif(layer AND own_layer IN_LIST layers AND (layer IN_LIST beside_session OR rank GREATER own_rank))
      complain(${header} "${line}" "${own_layer} includes ${layer}, a layer above it")
    elseif(layer IN_LIST beside_session AND own_layer IN_LIST beside_session AND NOT layer STREQUAL own_layer
           AND NOT (own_layer STREQUAL serve AND layer STREQUAL io))
      complain(${header} "${line}" "${own_layer} includes ${layer}, which stands beside it")
    elseif(header STREQUAL "koi.hpp" AND layer IN_LIST beside_session)
      complain(${header} "${line}" "${layer} is optional and not part of the umbrella")
    elseif(policy AND NOT header STREQUAL "protocol.hpp" AND own_layer STREQUAL "protocol"
           AND NOT policy STREQUAL own_policy)
      complain(${header} "${line}" "only protocol/${policy}.hpp and protocol.hpp know the folder protocol/${policy}")
    elseif(policy AND own_layer MATCHES "^(ops|nn)$")
      complain(${header} "${line}" "${own_layer} knows protocols by their concept, none by name")
    endif()
  endforeach()
endforeach()

if(failures)
  message(FATAL_ERROR "includes that the layers do not allow:\n${failures}")
endif()
list(LENGTH headers count)
message(STATUS "${count} headers keep to their layers")
