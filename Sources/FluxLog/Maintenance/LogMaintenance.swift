/// The embedded log from the outside, for the command line.
public enum LogMaintenance {}
