#include "command_line.hpp"

#include "suggestion.hpp"

#include <mint/version.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace mintws {

namespace {

// One blank line between groups, and of an option its value and default alone.
class short_help final : public CLI::Formatter {
  public:
    std::string make_usage(const CLI::App* app, std::string name) const override {
        return "\n" + CLI::Formatter::make_usage(app, std::move(name)) + "\n";
    }

    std::string make_group(std::string group, bool is_positional,
                           std::vector<const CLI::Option*> options) const override {
        std::string text = group + ":\n";
        for (const auto* option : options) text += make_option(option, is_positional);
        return is_positional ? text + "\n" : text;
    }

    std::string make_option_opts(const CLI::Option* option) const override {
        if (option->get_type_size() == 0 || option->get_positional()) return {};
        std::string text = " " + option->get_type_name();
        if (const auto check = text.find(" ["); check != std::string::npos) text.resize(check);
        if (const auto colon = text.find("UINT:"); colon != std::string::npos) text.erase(colon, 5);
        if (!option->get_default_str().empty()) text += "=" + option->get_default_str();
        return text;
    }
};

// An argument too many may be a piece of a URL with a blank in it.
std::string without_secrets(std::string_view problem) {
    const auto colon = problem.find(": ");
    const auto begin = colon == std::string_view::npos ? 0 : colon + 2;
    return std::string{problem.substr(0, begin)} + mint::without_userinfo(problem.substr(begin));
}

// What was typed and isn't known, and the option that was most likely meant.
std::string unexpected(const CLI::App& app) {
    const auto extras = app.remaining();
    const auto option =
        std::ranges::find_if(extras, [](const std::string& e) { return e.size() > 1 && e.front() == '-'; });
    if (option == extras.end()) return "'" + mint::without_userinfo(extras.back()) + "' is one argument too many";
    const auto typed = option->substr(0, option->find('='));
    std::vector<std::string> names;
    for (const auto* o : app.get_options()) {
        for (const auto& name : o->get_lnames()) names.push_back("--" + name);
    }
    const auto meant = closest("--" + typed.substr(typed.find_first_not_of('-')), names);
    return "there is no option " + mint::without_userinfo(typed) + (meant ? "; " + *meant + " is most like it" : "");
}

}  // namespace

early_end wrong_use(std::string_view program, const std::string& problem) {
    std::string text = std::string{program} + ": " + problem + "\nTry '" + std::string{program} + " --help'.\n";
    return {.text = std::move(text), .status = exit_status::usage};
}

std::optional<early_end> parse(CLI::App& app, std::span<const char* const> arguments) {
    const auto help = std::make_shared<short_help>();
    help->column_width(34);
    app.formatter(help);
    app.set_version_flag("-V,--version", "mintws " MINT_VERSION_STRING);
    std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};  // as CLI11 wants them
    try {
        app.parse(reversed);
        return std::nullopt;
    } catch (const CLI::CallForHelp&) {
        return early_end{.text = app.help(), .status = exit_status::success};
    } catch (const CLI::CallForVersion& version) {
        return early_end{.text = std::string{version.what()} + "\n", .status = exit_status::success};
    } catch (const CLI::ExtrasError&) {
        return wrong_use(app.get_name(), unexpected(app));
    } catch (const CLI::ParseError& problem) {
        return wrong_use(app.get_name(), without_secrets(problem.what()));
    }
}

std::expected<mint::url, std::string> websocket_url(const std::string& text) {
    auto url = mint::parse_url(text);
    if (url && url->is_websocket) return std::move(*url);
    const auto shown = mint::without_userinfo(text);
    if (const auto meant = websocket_form(text)) {
        return std::unexpected(shown + " isn't the URL of a WebSocket: " + *meant + " is one");
    }
    if (!url) return std::unexpected(shown + ": " + mint::to_string(url.error()));
    return std::unexpected(shown + ": a WebSocket's URL starts with ws:// or wss://");
}

std::expected<std::chrono::milliseconds, std::string> duration(std::string_view option, double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e7) {
        return std::unexpected(std::string{option} + ": no number of seconds from 0 to 10000000");
    }
    return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

}  // namespace mintws
