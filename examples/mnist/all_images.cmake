# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake -DKOI_BINARIES=DIR -DKOI_PROGRAM=mnist|launch -DKOI_PROTOCOL=NAME -DKOI_DATA=DIR -DKOI_REPORT=FILE
#       -P all_images.cmake
#
# Predicts all 10,000 test images and holds the report against what the example promises.
cmake_minimum_required(VERSION 3.25)

if(KOI_PROGRAM STREQUAL "launch")
  set(command sh ${CMAKE_CURRENT_LIST_DIR}/launch.sh --binaries ${KOI_BINARIES})
else()
  set(command ${KOI_BINARIES}/mnist)
endif()

file(REMOVE ${KOI_REPORT})
execute_process(COMMAND ${command} --protocol ${KOI_PROTOCOL} --data ${KOI_DATA} --images 10000 --report ${KOI_REPORT}
                COMMAND_ERROR_IS_FATAL ANY)
file(READ ${KOI_REPORT} report)

include(${CMAKE_CURRENT_LIST_DIR}/../common/promise.cmake)

promise(images LESS 10000)
promise(plain_accuracy LESS 0.975)
promise(private_accuracy LESS 0.97)
promise(argmax_agreement LESS 9990)
promise(max_abs_logit_error GREATER 0.002)
