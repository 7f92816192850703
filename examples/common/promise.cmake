# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# Checks of a report of the examples, which ${report} holds.

# promise(FIELD LESS|GREATER LIMIT): the field must not be less, or greater, than the limit.
function(promise field wrong limit)
  string(JSON kind TYPE "${report}" ${field})
  string(JSON value GET "${report}" ${field})
  if(NOT kind STREQUAL "NUMBER" OR value ${wrong} limit)
    message(SEND_ERROR "${field} is ${value}; it must not be ${wrong} than ${limit}")
  endif()
endfunction()
