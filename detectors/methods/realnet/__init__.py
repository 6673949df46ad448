"""RealNet: feature reconstruction that learns from made-up defects.

Zhang, Xu and Zhou, "RealNet: A Feature Selection Network with Realistic Synthetic Anomaly for Anomaly
Detection", CVPR 2024.
"""
