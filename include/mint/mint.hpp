#pragma once

/// Everything.
#include <mint/adapters/mailbox.hpp>
#include <mint/core.hpp>
#include <mint/http/connect.hpp>
#include <mint/http/connecting.hpp>
#include <mint/http/connection.hpp>
#include <mint/http/proxy.hpp>
#include <mint/http/proxy_environment.hpp>
#include <mint/websocket/closing.hpp>
#include <mint/websocket/opening.hpp>
#include <mint/websocket/websocket.hpp>
