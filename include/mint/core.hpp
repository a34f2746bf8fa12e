#pragma once

/// Everything without system I/O: the vocabulary, the WebSocket codec, the HTTP machines.
#include <mint/base/buffer.hpp>
#include <mint/base/bytes.hpp>
#include <mint/base/challenge.hpp>
#include <mint/base/credentials.hpp>
#include <mint/base/error.hpp>
#include <mint/base/field_value.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/limits.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/base/random.hpp>
#include <mint/base/redirect.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>
#include <mint/base/retry_after.hpp>
#include <mint/base/url.hpp>
#include <mint/base/utf8.hpp>
#include <mint/http1/client_machine.hpp>
#include <mint/version.hpp>
#include <mint/ws/close_code.hpp>
#include <mint/ws/codec.hpp>
#include <mint/ws/frame.hpp>
#include <mint/ws/frame_header.hpp>
#include <mint/ws/handshake.hpp>
#include <mint/ws/opcode.hpp>
