/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `panel`: writes each reading that reaches it to its serial port, COM3. */
#include "@NAME@.h"
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/receiver.h"
#include "guest/serial.h"

static void show_readings(struct receiver *receiver, struct serial *serial)
{
    struct message_header header;
    struct Reading reading;

    while (receiver_take(receiver, &header, &reading, sizeof reading)) {
        /* The monitor has checked this already: if it does not hold, nothing else can be trusted either. */
        if (header.type != Reading_TYPE || !Reading_valid(&reading, header.length)) guest_fail();
        serial_print(serial, "reading %lu: %d celsius, sensor %u\n", header.sequence, reading.celsius, reading.sensor);
    }
    receiver_free(receiver);
}

void guest_main(const struct subject_info *info)
{
    static struct receiver readings;
    static struct serial serial;

    serial_open(&serial, SERIAL_COM3);
    if (!receiver_open(&readings, info, "readings")) guest_fail();
    serial_print(&serial, "panel ready\n");
    for (;;) {
        show_readings(&readings, &serial);
        call_make(ABI_CALL_WAIT, 0, 0, 0);            /* until a message comes */
    }
}
