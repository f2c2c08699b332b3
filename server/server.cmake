# picfind-server, and the parts of Boost that it compiles.
set(PICFIND_BOOST "${cache}/picfind/boost-1.88.0" CACHE PATH "Where include/ holds Boost's headers, src/ the sources of url and program_options")
if(NOT EXISTS "${PICFIND_BOOST}/include/boost/redis.hpp")
  message(FATAL_ERROR "${PICFIND_BOOST} lacks Boost: run `npm run build`, or pass -DPICFIND_BOOST=…")
endif()
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

file(GLOB_RECURSE boost_sources CONFIGURE_DEPENDS ${PICFIND_BOOST}/src/url/*.cpp ${PICFIND_BOOST}/src/program_options/*.cpp)
list(FILTER boost_sources EXCLUDE REGEX "/winmain\\.cpp$")
add_library(picfind_boost STATIC ${boost_sources} server/boost.cpp)
# Their headers take longer than they themselves.
set_target_properties(picfind_boost PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
set_source_files_properties(server/boost.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
target_include_directories(picfind_boost SYSTEM PUBLIC "${PICFIND_BOOST}/include")
target_compile_definitions(picfind_boost PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_compile_options(picfind_boost PRIVATE -w PUBLIC -fexceptions)
target_link_libraries(picfind_boost PUBLIC OpenSSL::SSL Threads::Threads)

file(GLOB_RECURSE server_sources CONFIGURE_DEPENDS server/*.cpp)
list(FILTER server_sources EXCLUDE REGEX "server/(main|boost)\\.cpp$")
# The description of what it answers is part of the program.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS server/openapi.json)
file(READ server/openapi.json openapi)
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/openapi.cpp" @ONLY CONTENT [[
#include "http/openapi.h"
const std::string_view picfind::server::openapi = R"openapi(@openapi@)openapi";
]])
add_library(picfind_server STATIC ${server_sources} "${CMAKE_CURRENT_BINARY_DIR}/openapi.cpp")
target_include_directories(picfind_server PUBLIC server)
target_link_libraries(picfind_server PUBLIC picfind_core picfind_boost ZLIB::ZLIB)
# Most files spend most of their compilation on these.
target_precompile_headers(picfind_server PRIVATE
  <algorithm> <chrono> <filesystem> <functional> <map> <memory> <ranges> <set> <string> <vector>
  <boost/asio/awaitable.hpp> <boost/asio/as_tuple.hpp> <boost/asio/co_spawn.hpp> <boost/asio/deferred.hpp>
  <boost/asio/detached.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/steady_timer.hpp> <boost/asio/thread_pool.hpp>
  <boost/asio/use_awaitable.hpp> <boost/beast/http/message.hpp> <boost/beast/http/string_body.hpp>
  <boost/json.hpp> <boost/redis/config.hpp> <boost/redis/request.hpp> <boost/redis/resp3/node.hpp>)

add_executable(picfind-server server/main.cpp)
target_link_libraries(picfind-server PRIVATE picfind_server)
set_target_properties(picfind-server PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_SOURCE_DIR}/build")
