/* SPDX-License-Identifier: Apache-2.0 */
/* Subject `panel`: writes each reading that reaches it to its serial port, COM3. */
#include "@NAME@_channels.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/serial.h"

static void show_readings(struct receiver *receiver, struct serial *serial)
{
    enum receive_result result;
    struct Reading reading;

    while ((result = receive_readings(receiver, &reading)) == RECEIVE_TAKEN)
        serial_print(serial, "reading %lu: %d celsius, sensor %u\n", receiver->sequence, reading.celsius, reading.sensor);
    /* The monitor has checked this already: if it does not hold, nothing else can be trusted either. */
    if (result == RECEIVE_REFUSED) guest_fail();
    receiver_free(receiver);
}

void guest_main(const struct subject_info *info)
{
    static struct receiver readings;
    static struct serial serial;

    serial_open(&serial, SERIAL_COM3);
    if (!open_receiver_readings(&readings, info)) guest_fail();
    serial_print(&serial, "panel ready\n");
    for (;;) {
        show_readings(&readings, &serial);
        call_make(ABI_CALL_WAIT, 0, 0, 0);            /* until a message comes */
    }
}
