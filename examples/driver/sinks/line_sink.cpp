// `stdout:` and `file:PATH`: a line of JSON for each result.

#include "../result_sink.hpp"
#include "../support/line_file.hpp"

#include <sheaf/sink/result_text.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace driver {
namespace {

class LineSink : public BlockingResultSink {
public:
    LineSink(LineFile file, bool sync_each)
        : file_{std::move(file)}
        , sync_each_{sync_each} {}

    void close() override {
        try {
            file_.sync();
            file_.close();
        } catch (const std::system_error& error) { throw RuntimeFailure{error.what()}; }
    }

private:
    void write(const Completed& event) override { append(event); }
    void write(const Incomplete& event) override { append(event); }

    template <class Event>
    void append(const Event& event) {
        std::string line;
        sheaf::append_json(line, event);
        line += '\n';
        const std::lock_guard lock{mutex_};
        file_.write(line);
        if (sync_each_) { file_.sync(); }
    }

    std::mutex mutex_;
    LineFile file_;
    bool sync_each_;
};

std::unique_ptr<ResultSink> make_stdout(std::string_view rest, const ResultSinkSettings& settings) {
    if (!rest.empty()) { throw UsageError{"--to stdout: takes nothing after the colon"}; }
    return std::make_unique<LineSink>(LineFile::standard_output(), settings.sync_each);
}

std::unique_ptr<ResultSink> make_file(std::string_view rest, const ResultSinkSettings& settings) {
    if (rest.empty()) { throw UsageError{"--to file: needs a path"}; }
    return std::make_unique<LineSink>(LineFile::append_to(std::string{rest}), settings.sync_each);
}

const Registry<ResultSink>::Entry stdout_sink{
    "stdout", "standard output, a line of JSON a result (the default)", make_stdout};
const Registry<ResultSink>::Entry file_sink{"file", "file:PATH, appended, a line of JSON a result",
                                            make_file};

}  // namespace
}  // namespace driver
