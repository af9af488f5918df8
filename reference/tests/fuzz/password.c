/* libFuzzer's door to one parser. */
#include "../support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_password(data, size);
    return 0;
}
