// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Lists all nodes and pods with client-go's typed client, page by page, and reads the fields that
// assay's lister reads. Prints one JSON line with the sums, which must be the same for both.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/pager"
)

type sums struct {
	Nodes     int   `json:"nodes"`
	Ready     int   `json:"ready"`
	Capacity  int64 `json:"capacity"`
	Pods      int   `json:"pods"`
	Running   int   `json:"running"`
	Requested int64 `json:"requested"`
	NameBytes int   `json:"name_bytes"`
}

const accelerator = "nvidia.com/gpu"

func (s *sums) addNode(node *corev1.Node) {
	s.Nodes++
	s.NameBytes += len(node.Name)
	capacity := node.Status.Capacity[accelerator]
	s.Capacity += capacity.Value()
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			s.Ready++
		}
	}
}

func (s *sums) addPod(pod *corev1.Pod) {
	s.Pods++
	s.NameBytes += len(pod.Name) + len(pod.Spec.NodeName)
	if pod.Status.Phase == corev1.PodRunning {
		s.Running++
	}
	for _, container := range pod.Spec.Containers {
		requested := container.Resources.Requests[accelerator]
		s.Requested += requested.Value()
	}
}

// keep: every object stays until all are there, as with List and informers; otherwise each page is
// dropped when it was looked at.
func list(client kubernetes.Interface, limit int64, keep bool) (sums, error) {
	var total sums
	var nodes []*corev1.Node
	var pods []*corev1.Pod
	take := func(object runtime.Object) error {
		switch one := object.(type) {
		case *corev1.Node:
			if keep {
				nodes = append(nodes, one)
			} else {
				total.addNode(one)
			}
		case *corev1.Pod:
			if keep {
				pods = append(pods, one)
			} else {
				total.addPod(one)
			}
		}
		return nil
	}
	each := func(page func(context.Context, metav1.ListOptions) (runtime.Object, error)) error {
		pages := pager.New(page)
		pages.PageSize = limit
		return pages.EachListItem(context.Background(), metav1.ListOptions{}, take)
	}
	if err := each(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.CoreV1().Nodes().List(ctx, options)
	}); err != nil {
		return total, err
	}
	if err := each(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.CoreV1().Pods("").List(ctx, options)
	}); err != nil {
		return total, err
	}
	for _, node := range nodes {
		total.addNode(node)
	}
	for _, pod := range pods {
		total.addPod(pod)
	}
	return total, nil
}

func run() error {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	limit := flag.Int64("limit", 500, "objects a page")
	keep := flag.Bool("keep", true, "keep all objects until the end")
	asJSON := flag.Bool("json", false, "ask for JSON, not for protobuf as client-go does by itself")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = -1, -1
	if *asJSON {
		config.ContentType = "application/json"
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	total, err := list(client, *limit, *keep)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(total)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
