# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# koi::koi: include paths, C++20 and dependencies. No warnings, no -march, no definitions: what a user's program means
# must not depend on how koi was configured.
add_library(koi INTERFACE)
add_library(koi::koi ALIAS koi)

file(GLOB_RECURSE koi_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/koi/*.hpp)
target_sources(koi INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${koi_headers})
target_compile_features(koi INTERFACE cxx_std_20)
target_link_libraries(koi INTERFACE xtensor xsimd Boost::headers fmt::fmt OpenSSL::Crypto nlohmann_json::nlohmann_json
                                    Threads::Threads)
if(KOI_BUILD_TESTS)
  set_target_properties(koi PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endif()

# For the project's own programs; never exported.
add_library(koi_warnings INTERFACE)
target_compile_options(koi_warnings INTERFACE -Wall -Wextra -Wshadow)

add_library(koi_native INTERFACE)
if(KOI_NATIVE)
  target_compile_options(koi_native INTERFACE -march=native)
endif()
