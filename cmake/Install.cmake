# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(koi_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/koi)

install(TARGETS koi EXPORT koi-targets FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT koi-targets NAMESPACE koi:: DESTINATION ${koi_package_dir})
if(KOI_BUILD_KERNELS)
  install(TARGETS koi_kernels EXPORT koi-kernels-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT koi-kernels-targets NAMESPACE koi:: DESTINATION ${koi_package_dir})
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/koi-config.cmake.in ${PROJECT_BINARY_DIR}/koi-config.cmake
                              INSTALL_DESTINATION ${koi_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/koi-config-version.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/koi-config.cmake ${PROJECT_BINARY_DIR}/koi-config-version.cmake
        DESTINATION ${koi_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
