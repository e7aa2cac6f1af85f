/** The flags that Wireshark gives an extcap program, as commander names them. */
export interface ExtcapRequest {
  extcapInterfaces?: boolean;
  /** One of `--extcap-interfaces`. */
  extcapInterface?: string;
  extcapDlts?: boolean;
  extcapConfig?: boolean;
  /** In libpcap's filter language. Without `capture` the question is whether it is valid. */
  extcapCaptureFilter?: string;
  capture?: boolean;
  fifo?: string;
  displayFilter?: string;
  snaplen?: number;
  promiscuous?: boolean;
  forCaller?: boolean;
}
