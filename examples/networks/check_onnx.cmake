# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake -DKOI_NETWORKS=PROGRAM -DKOI_MODELS=FOLDER -DKOI_WIDE=ON|OFF -DKOI_SCRATCH=FOLDER -P check_onnx.cmake
#
# Predicts with a model from elsewhere and holds report and output against what the example promises. Where the program
# has a ring of 128 bits, it must be far nearer to the expected numbers, which are of single precision.
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/../common/promise.cmake)

file(REMOVE_RECURSE ${KOI_SCRATCH})
file(MAKE_DIRECTORY ${KOI_SCRATCH})
set(model ${KOI_MODELS}/torch_lenet)
set(rings 64)
if(KOI_WIDE)
  list(APPEND rings 128)
endif()

foreach(protocol IN ITEMS pond securenn)
  foreach(ring IN LISTS rings)
    set(name ${KOI_SCRATCH}/${protocol}.${ring})
    set(run ${KOI_NETWORKS} --onnx ${model}.onnx --protocol ${protocol} --ring ${ring})
    execute_process(COMMAND ${run} --input ${model}.input.npy --expected ${model}.output.npy --output ${name}.npy
                            --report ${name}.json --trace ${name}.trace --flow ${name}.svg
                    COMMAND_ERROR_IS_FATAL ANY)
    foreach(file IN ITEMS npy json trace svg)
      if(NOT EXISTS ${name}.${file})
        message(SEND_ERROR "${name}.${file} is missing")
      endif()
    endforeach()
    file(READ ${name}.json report)
    promise(ring_bits LESS ${ring})
    promise(images LESS 2)
    promise(rounds_per_batch LESS 1)
    if(ring EQUAL 64)
      promise(max_abs_logit_error GREATER 0.001)
      promise(max_abs_logit_error LESS 0.000005)
    else()
      promise(max_abs_logit_error GREATER 0.0000005)
    endif()
    # What was written is what is read: the same numbers are expected of another run.
    execute_process(COMMAND ${run} --input ${model}.input.npy --expected ${name}.npy COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endforeach()
