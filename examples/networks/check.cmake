# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake -DKOI_NETWORKS=PROGRAM -DKOI_NETWORK=NAME -DKOI_DATA=FOLDER|drawn -DKOI_IMAGES=N -DKOI_LEAST_ACCURACY=SHARE
#       -DKOI_EPOCHS=N -DKOI_SCRATCH=FOLDER -P check.cmake
#
# Trains a network once, predicts with both protocols and holds the reports against what the example promises: the digit
# of the plain model for 99.9 % of the images, so that the accuracies are within 0.1 points of each other.
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/../common/promise.cmake)

file(REMOVE_RECURSE ${KOI_SCRATCH})
file(MAKE_DIRECTORY ${KOI_SCRATCH})
math(EXPR least_agreement "(${KOI_IMAGES} * 999 + 999) / 1000")

foreach(protocol IN ITEMS pond securenn)
  set(file ${KOI_SCRATCH}/${protocol}.json)
  execute_process(COMMAND ${KOI_NETWORKS} --network ${KOI_NETWORK} --protocol ${protocol} --data ${KOI_DATA}
                          --images ${KOI_IMAGES} --epochs ${KOI_EPOCHS} --weights ${KOI_SCRATCH}/weights.npz
                          --report ${file}
                  COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${file} report)
  promise(images LESS ${KOI_IMAGES})
  promise(plain_accuracy LESS ${KOI_LEAST_ACCURACY})
  promise(private_accuracy LESS ${KOI_LEAST_ACCURACY})
  promise(argmax_agreement LESS ${least_agreement})
  promise(max_abs_logit_error GREATER 0.002)
endforeach()

# Nobody but their owner may read the weights.
execute_process(COMMAND find ${KOI_SCRATCH}/weights.npz -perm 600 OUTPUT_VARIABLE private COMMAND_ERROR_IS_FATAL ANY)
if(NOT private)
  message(SEND_ERROR "${KOI_SCRATCH}/weights.npz: others may use it")
endif()
