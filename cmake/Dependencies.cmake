# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# Nothing is downloaded: everything here is a package of the distribution. The names of the Debian packages are in
# cmake/install.sh.

# What koi::koi itself needs. cmake/koi-config.cmake.in repeats this list for those who use an installed koi.
find_package(xtensor 0.24 REQUIRED)
find_package(xsimd 8.1 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(fmt 9.1 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(Threads REQUIRED)

# What only one optional header, the examples, the tests or the benchmarks need.
if(KOI_BUILD_TESTS OR KOI_BUILD_EXAMPLES)
  find_package(ZLIB REQUIRED)
  find_path(KOI_PROTOZERO protozero/pbf_reader.hpp DOC "Folder of protozero's headers, for koi/io/onnx" REQUIRED)
  mark_as_advanced(KOI_PROTOZERO)
endif()
if(KOI_BUILD_TESTS)
  find_package(doctest 2.4 REQUIRED)
endif()
if(KOI_BUILD_EXAMPLES)
  find_package(CLI11 2.1 REQUIRED)
endif()
if(KOI_BUILD_EXAMPLES OR KOI_BUILD_BENCH)
  set(BLA_VENDOR OpenBLAS)
  find_package(xtensor-blas 0.20 REQUIRED)
endif()
if(KOI_BUILD_BENCH)
  find_package(benchmark 1.7 REQUIRED)
endif()
