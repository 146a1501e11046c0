"""Communications Service Providers: the WANs that bring messages to SMETS2+ devices and back."""
