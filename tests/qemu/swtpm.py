# SPDX-License-Identifier: Apache-2.0
"""A fresh software TPM for one run of QEMU, whose PCRs can be read after QEMU has ended.

QEMU orders its TPM to shut down when it quits, and swtpm ends with the connection that QEMU hands to it. So a relay stands
between the two: it passes on every command but the shutdown and keeps the connections to swtpm its own.
"""
import os
import socket
import struct
import subprocess
import threading
import time

from tap import Failure

START_LIMIT_S = 10
CONTROL_SHUTDOWN = 3                      # swtpm's control channel (CMD_SHUTDOWN, CMD_SET_DATAFD in tpm_ioctl.h)
CONTROL_SET_DATA_SOCKET = 16
CONTROL_OK = bytes(4)
TPM_HEADER = struct.Struct(">HII")        # tag, length, command or response code (TPM 2.0 Part 1, 18.1)
TPM_LENGTH_MAX = 4096
PCR_EVENT, PCR_EXTEND = 0x13C, 0x182
TPM_FAILURE = TPM_HEADER.pack(0x8001, TPM_HEADER.size, 0x101)


def connect(path):
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise Failure(f"swtpm does not answer at {path}; is the package swtpm installed?") from None
            time.sleep(0.02)


def read_packet(connection):
    """One TPM command or response; None at the end of the connection."""
    data = b""
    while len(data) < TPM_HEADER.size or len(data) < TPM_HEADER.unpack_from(data)[1]:
        if len(data) >= TPM_HEADER.size and TPM_HEADER.unpack_from(data)[1] > TPM_LENGTH_MAX:
            raise ValueError("TPM packet with an absurd length")
        more = connection.recv(TPM_LENGTH_MAX)
        if not more:
            return None
        data += more
    return data


class SoftwareTpm:
    """`refuse_pcr`: extending this PCR fails, as on a TPM with a fault."""

    def __init__(self, directory, refuse_pcr=None):
        self.path = os.path.join(directory, "tpm")
        self.qemu_path = os.path.join(directory, "tpm-qemu")
        self.refuse_pcr = refuse_pcr
        state = os.path.join(directory, "tpm-state")
        os.mkdir(state)
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "swtpm", "socket", "--tpm2", "--flags", "not-need-init",
             "--tpmstate", "dir=" + state, "--ctrl", f"type=unixio,path={self.path}.ctrl",
             "--server", "type=unixio,path=" + self.path, "--log", "file=" + os.path.join(directory, "swtpm.log")])
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.qemu_path)
        self.listener.listen(1)
        self.control, self.data = connect(self.path + ".ctrl"), connect(self.path)
        threading.Thread(target=self.relay_control, daemon=True).start()

    def qemu_arguments(self):
        return ["-chardev", "socket,id=tpm,path=" + self.qemu_path, "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                "-device", "tpm-tis,tpmdev=tpm0"]

    def relay_control(self):
        qemu, _ = self.listener.accept()
        with qemu:
            while True:
                command, sockets, _, _ = socket.recv_fds(qemu, TPM_LENGTH_MAX, 1)
                if not command:
                    return
                number = struct.unpack_from(">I", command)[0]
                if number == CONTROL_SET_DATA_SOCKET:
                    threading.Thread(target=self.relay_data, args=(socket.socket(fileno=sockets[0]),), daemon=True).start()
                    qemu.sendall(CONTROL_OK)
                elif number == CONTROL_SHUTDOWN:
                    qemu.sendall(CONTROL_OK)
                else:
                    self.control.sendall(command)
                    qemu.sendall(self.control.recv(TPM_LENGTH_MAX))

    def relay_data(self, qemu):
        with qemu:
            while (command := read_packet(qemu)) is not None:
                if self.refuses(command):
                    qemu.sendall(TPM_FAILURE)
                    continue
                self.data.sendall(command)
                response = read_packet(self.data)
                if response is None:
                    return
                qemu.sendall(response)

    def refuses(self, command):
        if self.refuse_pcr is None or len(command) < TPM_HEADER.size + 4:
            return False
        code, handle = TPM_HEADER.unpack_from(command)[2], struct.unpack_from(">I", command, TPM_HEADER.size)[0]
        return code in (PCR_EVENT, PCR_EXTEND) and handle == self.refuse_pcr

    def release(self):
        """After QEMU has ended: makes room for another client. Returns its TCTI configuration for tpm2-tss."""
        for connection in (self.control, self.data):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        return "swtpm:path=" + self.path

    def close(self):
        self.listener.close()
        self.process.terminate()
        self.process.wait(START_LIMIT_S)
