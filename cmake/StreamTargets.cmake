# One interface target carries the flags of our own code, so that nothing is set globally.
add_library(stream_flags INTERFACE)
target_compile_features(stream_flags INTERFACE cxx_std_20)
target_compile_options(stream_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                                              -Wold-style-cast -Werror
                                              # g++ 12 at -O2 sees overlap in assigning literals to strings (GCC 105651).
                                              -Wno-restrict)
target_compile_definitions(stream_flags INTERFACE STREAM_VERSION="${PROJECT_VERSION}")

set(STREAM_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread; empty for none")
if(STREAM_SANITIZE)
  target_compile_options(stream_flags INTERFACE -fsanitize=${STREAM_SANITIZE} -fno-sanitize-recover=all
                                                -fno-omit-frame-pointer)
  target_link_options(stream_flags INTERFACE -fsanitize=${STREAM_SANITIZE})
  if(STREAM_SANITIZE MATCHES "thread")
    # gcc cannot instrument atomic_thread_fence (used inside Boost.Asio) and says so as a warning.
    target_compile_options(stream_flags INTERFACE -Wno-tsan)
  endif()
endif()

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# stream_library(<name> SOURCES ... [PUBLIC deps...] [PRIVATE deps...] [INCLUDE dir])
# Makes stream_<name> with the alias stream::<name>. INCLUDE is the public include folder (default: include).
function(stream_library name)
  cmake_parse_arguments(arg "" "INCLUDE" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  if(NOT arg_INCLUDE)
    set(arg_INCLUDE include)
  endif()
  add_library(stream_${name} STATIC ${arg_SOURCES})
  add_library(stream::${name} ALIAS stream_${name})
  target_include_directories(stream_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${arg_INCLUDE})
  target_link_libraries(stream_${name} PUBLIC stream_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# stream_node(<name> SOURCES ... LINK deps...)
# A process: everything but main.cpp goes into <name>_lib, so that tests link the code that ships; the executable is
# stream-<name>. Node headers live in src/ and are visible to the node and its tests only.
function(stream_node name)
  cmake_parse_arguments(arg "" "EXECUTABLE" "SOURCES;LINK" ${ARGN})
  if(NOT arg_EXECUTABLE)
    set(arg_EXECUTABLE stream-${name})
  endif()
  add_library(${name}_lib STATIC ${arg_SOURCES})
  target_include_directories(${name}_lib PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_link_libraries(${name}_lib PUBLIC stream_flags ${arg_LINK})
  add_executable(${arg_EXECUTABLE} src/main.cpp)
  target_link_libraries(${arg_EXECUTABLE} PRIVATE ${name}_lib)
  install(TARGETS ${arg_EXECUTABLE} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# stream_test(<name> LABEL unit|component|e2e SOURCES ... LINK deps... [TIMEOUT s])
# One GoogleTest executable; each TEST is a ctest entry with a time limit.
function(stream_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE stream_flags GTest::gmock GTest::gtest_main ${arg_LINK})
  target_compile_definitions(${name} PRIVATE STREAM_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
                                             STREAM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()
include(GoogleTest)
