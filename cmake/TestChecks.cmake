# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0

# cmake -DKOI_SCRATCH=DIR -P cmake/TestChecks.cmake
#
# Plants violations in a scratch folder and fails where one of the checks beside this file does not refuse it, in
# the words given here.
cmake_minimum_required(VERSION 3.25)
set(checks ${CMAKE_CURRENT_LIST_DIR})
file(REMOVE_RECURSE ${KOI_SCRATCH})

# run(NAME WANTED SCRIPT ARGUMENTS...): WANTED is a regular expression, or PASS.
function(run name wanted script)
  execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN} -P ${checks}/${script}.cmake
                  RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  string(REGEX REPLACE "[ \n]+" " " text "${text}")
  if(wanted STREQUAL "PASS")
    if(NOT status EQUAL 0)
      message(SEND_ERROR "${script}, ${name}: refused: ${text}")
    endif()
  elseif(status EQUAL 0)
    message(SEND_ERROR "${script}, ${name}: not refused")
  elseif(NOT text MATCHES "${wanted}")
    message(SEND_ERROR "${script}, ${name}: refused without saying \"${wanted}\": ${text}")
  endif()
endfunction()

# layers(NAME WANTED HEADER INCLUDE): a sound small tree, and one header with one more include.
function(layers name wanted header include)
  set(koi ${KOI_SCRATCH}/layers/${name}/koi)
  file(WRITE ${koi}/core/error.hpp "#include <string>\n")
  file(WRITE ${koi}/protocol/party.hpp "#include <koi/core/error.hpp>\n")
  file(WRITE ${koi}/protocol/beaver/mul.hpp "#include <koi/protocol/party.hpp>\n")
  file(WRITE ${koi}/protocol/pond.hpp "#include <koi/protocol/pond/share.hpp>\n")
  file(WRITE ${koi}/protocol/pond/share.hpp "#include <koi/protocol/beaver/mul.hpp>\n")
  file(WRITE ${koi}/protocol/securenn.hpp "#include <koi/protocol/securenn/share.hpp>\n")
  file(WRITE ${koi}/protocol/securenn/share.hpp "#include <koi/protocol/party.hpp>\n")
  file(WRITE ${koi}/protocol.hpp "#include <koi/protocol/pond.hpp>\n#include <koi/protocol/securenn.hpp>\n")
  file(APPEND ${koi}/${header} "\n// one; [two]\n  # include ${include}\n")
  run(${name} "${wanted}" CheckLayers -DKOI_INCLUDE=${KOI_SCRATCH}/layers/${name})
endfunction()

layers(sound PASS core/error.hpp "<vector>")
layers(below PASS session/run.hpp "<koi/net/tcp.hpp>")
layers(home PASS kernels/lanes.hpp "<xsimd/xsimd.hpp>")
layers(above "core/error.hpp:4: .*core includes net, a layer above it" core/error.hpp "<koi/net/tcp.hpp>")
layers(kernels_above "kernels/gemm.hpp:3: .*kernels includes ring, a layer above it" kernels/gemm.hpp "<koi/ring/z2k.hpp>")
layers(quoted "ring/z2k.hpp:3: .*ring includes net" ring/z2k.hpp "\"koi/net/channel.hpp\"")
layers(umbrella_above "ring.hpp:3: .*ring includes tensor" ring.hpp "<koi/tensor.hpp>")
layers(whole "ring/z2k.hpp:3: .*umbrella above it" ring/z2k.hpp "<koi/koi.hpp>")
layers(optional "session/run.hpp:3: .*session includes io" session/run.hpp "<koi/io/idx.hpp>")
layers(beside "trace/ledger.hpp:3: .*stands beside it" trace/ledger.hpp "<koi/io/idx.hpp>")
layers(optional_in_umbrella "koi.hpp:3: .*io is optional" koi.hpp "<koi/io/idx.hpp>")
layers(other_policy "pond/share.hpp:4: .*know the folder protocol/securenn" protocol/pond/share.hpp
       "<koi/protocol/securenn/share.hpp>")
layers(other_policy_umbrella "pond/share.hpp:4: .*know the folder protocol/securenn" protocol/pond/share.hpp
       "<koi/protocol/securenn.hpp>")
layers(common_knows_policy "protocol/party.hpp:4: .*know the folder protocol/pond" protocol/party.hpp
       "<koi/protocol/pond/share.hpp>")
layers(model_knows_policy "nn/relu.hpp:3: .*none by name" nn/relu.hpp "<koi/protocol/pond.hpp>")
layers(operation_knows_policy "ops/relu.hpp:3: .*none by name" ops/relu.hpp "<koi/protocol/pond.hpp>")
layers(relative "ring/z2k.hpp:3: .*write #include <koi/" ring/z2k.hpp "\"zp.hpp\"")
layers(xtensor "tensor/view.hpp:3: .*one home" tensor/view.hpp "<xtensor/xarray.hpp>")
layers(xsimd "ring/z2k.hpp:3: .*one home" ring/z2k.hpp "<xsimd/xsimd.hpp>")
layers(openssl "crypto/prg.hpp:3: .*one home" crypto/prg.hpp "<openssl/evp.h>")
layers(boost "net/tcp.hpp:3: .*one home" net/tcp.hpp "<boost/asio.hpp>")
layers(json "net/tcp.hpp:3: .*one home" net/tcp.hpp "<nlohmann/json.hpp>")
layers(test_framework "core/error.hpp:4: .*one home" core/error.hpp "<doctest/doctest.h>")

# readme(NAME WANTED README EXAMPLE)
function(readme name wanted text code)
  file(WRITE ${KOI_SCRATCH}/readme/${name}/README.md "${text}")
  file(WRITE ${KOI_SCRATCH}/readme/${name}/quickstart.cpp "${code}")
  run(${name} "${wanted}" CheckReadme -DKOI_README=${KOI_SCRATCH}/readme/${name}/README.md
      -DKOI_EXAMPLE=${KOI_SCRATCH}/readme/${name}/quickstart.cpp)
endfunction()

string(REPEAT "f()\;\n" 26 endless)
readme(sound PASS "# koi\n```cpp\nint main() { return a[1]\; }\n```\n" "// SPDX-x\n\nint main() { return a[1]\; }\n")
readme(changed "differs" "```cpp\nint main() { return 1\; }\n```\n" "int main() { return 2\; }\n")
readme(without "no ```cpp block" "# koi\n" "int main() {}\n")
readme(endless "26 lines" "```cpp\n${endless}```\n" "${endless}")

# refusal(NAME WANTED SOURCE): with a compiler that always, or never, finds the same fault.
function(refusal name wanted compiler source)
  file(WRITE ${KOI_SCRATCH}/refusal/${name}.cpp "${source}")
  run(${name} "${wanted}" CheckRefusal -DKOI_SOURCE=${KOI_SCRATCH}/refusal/${name}.cpp -DKOI_COMPILER=${compiler})
endfunction()

file(WRITE ${KOI_SCRATCH}/refusal/complains "#!/bin/sh\necho 'error: no such thing' >&2\nexit 1\n")
file(CHMOD ${KOI_SCRATCH}/refusal/complains PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(complains ${KOI_SCRATCH}/refusal/complains)
refusal(kept PASS ${complains} "// expect: no such\n// expect: thi[n]g\nint x\;\n")
refusal(compiles "must not compile, and does" true "// expect: no such\nint x\;\n")
refusal(other_words "does not say \"another\"" ${complains} "// expect: no such\n// expect: another\n")
refusal(control_compiles PASS true "int x\;\n")
refusal(control_broken "must compile, and does not" ${complains} "int x\;\n")

# symbols(NAME WANTED OBJECT SYMBOLS): with a program in the place of nm that knows these.
function(symbols name wanted object text)
  set(nm ${KOI_SCRATCH}/symbols/${name})
  file(WRITE ${nm} "#!/bin/sh\ncat <<'END'\n${text}\nEND\n")
  file(CHMOD ${nm} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  run(${name} "${wanted}" CheckSymbols -DKOI_NM=${nm} "-DKOI_OBJECTS=x/choose.cpp.o\;x/${object}.cpp.o")
endfunction()

symbols(named PASS avx2 "0 W _ZN17compiled_for_avx24gemmE\n1 T _Z1fv\n         U memcpy")
symbols(shared "avx2: 0 W _ZSt4copyv" avx2 "0 W _ZSt4copyv\n0 W _ZN17compiled_for_avx24gemmE")
symbols(shared_object "avx2: 0 u _ZN1aE" avx2 "0 u _ZN1aE\n0 W _ZN17compiled_for_avx24gemmE")
symbols(of_another "avx512: 0 W _ZN25" avx512 "0 W _ZN25compiled_for_avx512_vbmi24gemmE\n0 W _ZN19compiled_for_avx5124gemmE")
symbols(of_none "no symbol says" avx512 "0 T _Z1fv")
symbols(of_no_set "no objects" choose "0 T _Z1fv")
